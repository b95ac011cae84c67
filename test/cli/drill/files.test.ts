import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkReportFile, defaultName, saveRecord } from '../../../cli/drill/files.ts';
import { drillRecord } from './example-record.ts';

let home = '';
const path = (name: string) => join(home, name);
const contentOf = (name: string) => readFileSync(path(name), 'utf8');
const others = '[{ "name": "orders" }]';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'files-'));
  writeFileSync(path('databases.json'), others);
});
afterEach(() => {
  vi.doUnmock('../../../cli/drill/report/page.ts');
  rmSync(home, { recursive: true, force: true });
});

const record = drillRecord();

describe('a report', () => {
  test('is a page and a record, which replace those of an earlier drill, and nothing is left beside them', async () => {
    for (const name of ['orders', 'billing']) {
      await checkReportFile(path('drill.html'));
      await saveRecord({ ...record, database: { ...record.database, name } }, path('drill.html'));
      expect(contentOf('drill.html')).toContain(`<h1>Failover drill: ${name}</h1>`);
      expect(JSON.parse(contentOf('drill.json'))).toMatchObject({ version: 1, database: { name } });
    }
    expect(readdirSync(home).sort()).toEqual(['databases.json', 'drill.html', 'drill.json']);
  });

  /** What stands under the names of `x.html` and must stay; the last is what says so. */
  const strangers: Readonly<Record<string, () => void>> = {
    'a JSON that is no record': () => writeFileSync(path('x.json'), others),
    'a text that is no JSON': () => writeFileSync(path('x.json'), 'others'),
    'JSON null': () => writeFileSync(path('x.json'), 'null'),
    'a page without a record': () => writeFileSync(path('x.html'), others),
    'a link to a file of others': () => symlinkSync(path('databases.json'), path('x.json')),
    'a link in the place of the page': () => symlinkSync(path('databases.json'), path('x.html')),
    'a link that leads to nothing yet': () => symlinkSync(path('free'), path('x.json')),
    'a directory': () => mkdirSync(path('x.json')),
    'a pipe, which would be waited for': () => void execFileSync('mkfifo', [path('x.json')]),
  };
  test.each(Object.entries(strangers))('never replaces or follows %s', async (_, make) => {
    make();
    const before = readdirSync(home);
    await expect(checkReportFile(path('x.html'))).rejects.toThrow(
      /^the report cannot be written to .*x\.html \(.*\)\nNext: name another file with --report$/,
    );
    await expect(saveRecord(record, path('x.html'))).rejects.toThrow(/^the report cannot be written .*\nNext: /);
    expect(readdirSync(home)).toEqual(before);
    for (const name of before.filter((one) => /databases|x\.html/.test(one))) expect(contentOf(name)).toBe(others);
  });

  test('named after databases.json leaves that alone, whichever of the two it is named', async () => {
    for (const name of ['databases.html', 'databases.json', 'databases', 'databases.htm'])
      await expect(checkReportFile(path(name)), name).rejects.toThrow(/cannot be written/);
    expect(contentOf('databases.json')).toBe(others);
  });

  test('is not named after its figures: a page in a file called .json would be read as none', async () => {
    await expect(checkReportFile(path('new.json'))).rejects.toThrow(/new\.json \(.*name the HTML page\)\nNext: /);
    expect(readdirSync(home)).toEqual(['databases.json']);
  });

  test.each(['free', 'taken by an earlier drill'])(
    'follows no link that takes the place of its page, which was %s, while it is drawn',
    async (state) => {
      if (state !== 'free') await saveRecord(record, path('x.html'));
      vi.doMock('../../../cli/drill/report/page.ts', () => ({
        reportHtml: () => {
          rmSync(path('x.html'), { force: true });
          symlinkSync(path('databases.json'), path('x.html'));
          return 'page';
        },
      }));
      await saveRecord(record, path('x.html')).catch(() => {});
      expect(contentOf('databases.json')).toBe(others);
    },
  );

  test('without a name is called after the database, and stays in its directory', () => {
    const named = (name: string) => defaultName({ ...record, database: { ...record.database, name } });
    expect(named('orders')).toBe('drill-orders-2026-11-21T11-29-54.html');
    for (const name of ['../../etc/passwd', '/etc/passwd', 'C:\\x', 'a\u0000\u202eb\n', 'ä/ö', 'x'.repeat(5000)]) {
      expect(named(name)).toMatch(/^drill-[\w.-]+-2026-11-21T11-29-54\.html$/);
      expect(named(name).length).toBeLessThan(200);
    }
  });
});
