import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dependenciesOf, dependenciesTable, filledSecurity } from '../scripts/security.ts';
import { judge, patternOf } from './sabotages/judge.ts';
import { sabotages } from './sabotages/sabotages.ts';

const root = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const page = read('docs/security.md');

/** The rows of the threats, each with the tests that it names: `test/x.test.ts: "title", "title"; test/y.ts: "title"`. */
const threats = (
  page
    .split('## Threats')[1]
    ?.split('\n## ')[0]
    ?.match(/^\| (?!Threat).*$/gm) ?? []
).map((row) => {
  const [, threat = '', , defence = '', tests = '', remains = ''] = row.split(/ ?\| ?/);
  const citations = [...tests.matchAll(/(test\/[\w/.-]+\.ts): ((?:"[^"]+"(?:, )?)+)/g)].flatMap(
    ([, file = '', titles = '']) => [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => [file, title] as const),
  );
  return { threat, defence, citations, remains };
});

describe('docs/security.md', () => {
  test('lists what the built functions contain (npm run docs)', () => {
    expect(filledSecurity(page)).toBe(page);
    const rows = dependenciesTable().split('\n').slice(2);
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) expect(row).toMatch(/^\| \S+ \| \d+\.\d+\.\d+\S* \| [^|]+ \| [^|]+ \|$/);
  });

  test('lists for each function what is in it, and nothing that is not', () => {
    const inOf = (name: string) =>
      dependenciesTable()
        .split('\n')
        .find((row) => row.startsWith(`| ${name} |`)) ?? '';
    expect(inOf('@aws-sdk/client-rds')).toMatch(/\| drift, failover \|$/);
    expect(inOf('@aws-sdk/client-ec2')).toMatch(/\| acceptance, drift, failover \|$/);
  });

  const built = ['cli', ...['acceptance', 'drift', 'failover', 'registration'].map((name) => `functions/${name}`)];

  test.each(built)(
    'has an SBOM for %s that names the packages of its licences, and nothing of the time or the machine',
    (directory) => {
      const licences = read(`dist/${directory}/THIRD-PARTY-LICENSES.txt`).split(`\n${'-'.repeat(80)}\n\n`);
      const named = dependenciesOf(directory).map((one) => `${one.name} ${one.version} (${one.licence})`);
      expect(named.toSorted()).toEqual(licences.map((text) => text.split('\n')[0]).toSorted());
      const bom = read(`dist/${directory}/bom.cdx.json`);
      expect(JSON.parse(bom)).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' });
      for (const chance of ['serialNumber', 'timestamp', root]) expect(bom).not.toContain(chance);
    },
  );

  test('has SBOMs that are CycloneDX, as its own library reads them', async () => {
    const { Spec, Validation } = createRequire(import.meta.resolve('@cyclonedx/cyclonedx-esbuild'))(
      '@cyclonedx/cyclonedx-library',
    );
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    for (const directory of built)
      expect(await validator.validate(read(`dist/${directory}/bom.cdx.json`)), directory).toBe(null);
    expect(await validator.validate('{ "bomFormat": "CycloneDX" }')).not.toBe(null);
  });

  test('has threats, and each sabotage is of one of them', () => {
    expect(threats.length).toBeGreaterThan(12);
    expect([...new Set(sabotages.map(({ threat }) => threat))].sort()).toEqual(
      threats.map(({ threat }) => threat).sort(),
    );
  });

  test.each(threats)('names a defence, a test that a sabotage proves, and what remains of: $threat', (row) => {
    for (const cell of [row.defence, row.remains]) expect(cell).toMatch(/\w{3}/);
    for (const sabotage of sabotages.filter(({ threat }) => threat === row.threat))
      expect(row.citations).toContainEqual(sabotage.test);
  });

  test.each(threats.flatMap(({ citations }) => citations))(
    'cites %s: %s, which is the whole title of a test',
    (...cited) => {
      const [file, title] = cited;
      const text = read(file).replaceAll("\\'", "'");
      expect(["'", '"', '`'].filter((quote) => text.includes(`${quote}${title}${quote}`))).not.toEqual([]);
    },
  );
});

describe('package-lock.json', () => {
  type Lock = { packages: Record<string, { integrity?: string; inBundle?: boolean }> };

  test('has a hash for every package, or for the one that brings it along', async () => {
    // As modules, so that a sabotage reaches them.
    const locks: Lock[] = await Promise.all(
      ['package-lock.json', 'scripts/stryker/package-lock.json'].map(
        async (lock) => (await import(join(root, lock), { with: { type: 'json' } })).default,
      ),
    );
    const hashless = locks.map(({ packages }) => withoutHash(packages));
    expect(hashless).toEqual([[], []]);
    expect(locks.flatMap(({ packages }) => Object.keys(packages)).length).toBeGreaterThan(500);
  });

  function withoutHash(packages: Lock['packages']): string[] {
    const hasHash = (name: string): boolean =>
      packages[name]?.inBundle
        ? hasHash(name.slice(0, name.lastIndexOf('/node_modules/')))
        : /^sha512-/.test(packages[name]?.integrity ?? '');
    // This project, and the folder that chooses a Node.
    const own = ['', 'scripts/node', 'node_modules/node-for-scripts'];
    return Object.keys(packages).filter((name) => !own.includes(name) && !hasHash(name));
  }
});

describe('a sabotage', () => {
  test.each(sabotages)('of $file fits it in one place: $from', ({ file, from, to }) => {
    expect(read(file).split(from).length - 1).toBe(1);
    expect(to).not.toBe(from);
  });

  const results = (...tests: readonly [title: string, status: string][]) => ({
    testResults: [
      { message: 'SyntaxError: in the file\n', assertionResults: tests.map(([title, status]) => ({ title, status })) },
    ],
  });

  test('is noticed by a test of its own title alone, any row of a table', () => {
    const title = 'is (un)known when %s';
    expect(judge(results(['is (un)known when DNS fails', 'passed'], [title, 'failed']), title).kind).toBe('failed');
    expect(judge(results(['is (un)known when DNS fails', 'passed'], ['is', 'failed']), title).kind).toBe('passed');
    expect('is (un)known when DNS fails').toMatch(new RegExp(`(${patternOf(title)})$`));
  });

  test('that breaks the file, so that no test runs, is not noticed', () => {
    expect(judge(results(), 'is known')).toEqual({ kind: 'absent', said: 'SyntaxError: in the file' });
    expect(judge(results(['is known', 'pending']), 'is known').kind).toBe('absent');
  });
});
