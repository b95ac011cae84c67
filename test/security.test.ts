import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dependenciesTable, filledSecurity } from '../scripts/security.ts';

const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/security.md'), 'utf8');

/** `test/x.test.ts: "title", "title"; test/y.ts: "title"` in the last column of the threats. */
const citations = [...page.matchAll(/(test\/[\w/.-]+\.ts): ((?:"[^"]+"(?:, )?)+)/g)].flatMap(
  ([, file = '', titles = '']) => [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => [file, title] as const),
);

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

  test('names a test for each threat', () => {
    const threats =
      page
        .split('## Threats')[1]
        ?.split('\n## ')[0]
        ?.match(/^\| (?!Threat|---)\S.*$/gm) ?? [];
    expect(threats.length).toBeGreaterThan(8);
    expect(threats.filter((row) => !/test\/[\w/.-]+\.ts: "/.test(row))).toEqual([]);
  });

  test.each(citations)('cites %s: %s, which exists', (file, title) => {
    expect(existsSync(join(root, file)), file).toBe(true);
    expect(readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'")).toContain(title);
  });
});
