import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { withEntries } from '../../../infra/config/added-entries.ts';
import { databasesFrom } from '../../../infra/config/databases.ts';
import { openDatabases } from '../../../infra/config/databases-file.ts';

const group = (id: string) =>
  `arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/${id}/0123456789abcdef`;
const named = (name: string) => ({ name, database: { kind: 'cluster', id: name }, targetGroupArn: group(name) });
const orders = JSON.stringify(named('orders'));
const added = [named('billing')];

const folder = mkdtempSync(join(tmpdir(), 'databases-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const texts: readonly (readonly [what: string, text: string])[] = [
  ['a list', `[\n  ${orders}\n]\n`],
  ['a list in one line', `[${orders}]`],
  ['an object with tabs', `{\n\t"databases": [\n\t\t${orders}\n\t]\n}\n`],
  ['a comment behind the last entry', `[\n  ${orders} // the shop\n]\n`],
  ['a comment under the last entry', `[\n  ${orders}\n  /* no more */\n]\n`],
  ['a trailing comma and comments', `// ours\n[\n  ${orders}, // the shop, as ever\n  // the end\n]\n`],
  ['lines of Windows', `[\r\n    ${orders}\r\n]\r\n`],
  ['no entry, but a comment', '{\n    "databases": [\n        // none yet\n    ]\n}\n'],
  ['no entry', '{ "$schema": "./x.json", "databases": [] }'],
  ['a closing bracket behind the last entry', `{"databases": [\n  ${orders} /* x */ ]}`],
];

describe('entries that are added to a text', () => {
  test.each(texts)('leave %s as it is', (_, text) => {
    const after = withEntries(text, 'databases', added);
    const names = databasesFrom(after, 'x.json').map(({ name }) => name);
    expect(names).toEqual(text.includes(orders) ? ['orders', 'billing'] : ['billing']);
    const close = text.lastIndexOf(']');
    const before = text.slice(0, close).trimEnd();
    const comma = text.includes(orders) && !text.includes(`${orders},`) ? ',' : '';
    expect(after.startsWith(before.replace(orders, orders + comma))).toBe(true);
    expect(after.endsWith(text.slice(close))).toBe(true);
  });

  test('stand behind a comment on the last entry, and in the indentation and line ends of the file', () => {
    const behind = withEntries(`[\n    ${orders} // the shop\n]\n`, 'databases', added);
    expect(behind).toContain(`${orders}, // the shop\n    {\n        "name": "billing",\n`);
    expect(behind).toMatch(/\n {4}\}\n\]\n$/);
    const windows = withEntries(`[\r\n\t${orders}\r\n]\r\n`, 'databases', added);
    expect(windows).not.toMatch(/[^\r]\n/);
    expect(windows).toContain('\r\n\t\t"name": "billing"');
  });

  test('end with a comma where the last entry did', () => {
    expect(withEntries(`[\n  ${orders},\n]\n`, 'databases', added)).toMatch(/\n {2}\},\n\]\n$/);
    expect(withEntries(`[\n  ${orders}\n]\n`, 'databases', added)).toMatch(/\n {2}\}\n\]\n$/);
  });

  test('are written as the examples are: what fits stays in one line', () => {
    expect(
      withEntries('[]', 'databases', [{ name: 'a', vpc: { subnets: [{ id: 'x'.repeat(80) }, { id: 'y' }] } }]),
    ).toBe(
      `[\n  {\n    "name": "a",\n    "vpc": {\n      "subnets": [\n        { "id": "${'x'.repeat(80)}" },\n        { "id": "y" }\n      ]\n    }\n  }\n]`,
    );
  });
});

describe('the file', () => {
  const path = (name: string) => join(folder, name);
  const put = (name: string, text: string | Buffer) => {
    writeFileSync(path(name), text);
    return path(name);
  };
  const add = (file: string) => {
    const opened = openDatabases(file);
    opened.write(opened.with(added));
  };

  test('that does not exist is made, with the schema that lies nearest', () => {
    mkdirSync(path('app/sub'), { recursive: true });
    add(path('app/alone.json'));
    expect(readFileSync(path('app/alone.json'), 'utf8')).toMatch(
      /^\{\n {2}"\$schema": "\.\/databases\.schema\.json",\n {2}"databases": \[\n {4}\{\n/,
    );
    mkdirSync(path('app/node_modules/rds-target-reconciler'), { recursive: true });
    put('app/node_modules/rds-target-reconciler/databases.schema.json', '{}');
    add(path('app/sub/databases.json'));
    expect(readFileSync(path('app/sub/databases.json'), 'utf8')).toContain(
      '"$schema": "../node_modules/rds-target-reconciler/databases.schema.json"',
    );
    put('app/sub/databases.schema.json', '{}');
    add(path('app/sub/other.json'));
    expect(JSON.parse(readFileSync(path('app/sub/other.json'), 'utf8')).$schema).toBe('./databases.schema.json');
  });

  test('keeps its encoding, its mode and, where it is a link, the link', () => {
    const utf16 = put('utf16.json', Buffer.from(`\uFEFF[${orders}]`, 'utf16le'));
    chmodSync(utf16, 0o640);
    symlinkSync(utf16, path('link.json'));
    add(path('link.json'));
    expect(lstatSync(path('link.json')).isSymbolicLink()).toBe(true);
    expect(statSync(utf16).mode & 0o777).toBe(0o640);
    expect(readFileSync(utf16).toString('utf16le')).toMatch(/^\uFEFF\[\{"name":"orders"/);
    expect(openDatabases(utf16).entries).toHaveLength(2);
    const marked = put('marked.json', `\uFEFF[${orders}]`);
    add(marked);
    expect(readFileSync(marked, 'utf8')).toMatch(/^\uFEFF\[\{/);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('is not written when it is wrong, when it would be, or when another program has changed it', () => {
    const wrong = put('wrong.json', `[${orders.replace('cluster', 'clutser')}]`);
    expect(() => add(wrong)).toThrow(/\$\[0\]\.database\.kind is "clutser"/);
    const right = put('right.json', `[${orders}]`);
    expect(() => openDatabases(right).with([named('orders')])).toThrow(
      /\$\[1\]\.name is "orders"; allowed: a name that/,
    );
    const opened = openDatabases(right);
    const after = opened.with(added);
    put('right.json', `[ ${orders} ]`);
    expect(() => opened.write(after)).toThrow(/another program has changed it meanwhile; nothing was written/);
    expect(readFileSync(right, 'utf8')).toBe(`[ ${orders} ]`);
    const absent = openDatabases(path('absent.json'));
    put('absent.json', '[]');
    expect(() => absent.write(absent.with(added))).toThrow(/nothing was written/);
  });
});
