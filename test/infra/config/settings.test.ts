import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Config } from '../../../lib/settings/config.ts';
import { codecOf, keyOf, meaningOf, variableNames } from '../../../lib/settings/rows.ts';

/* A setting is a row of one table. Rows that were made up show that everything else follows from it: no other file knows of them. */

const table = '../../../lib/settings/table.ts';

async function withMadeUpRows() {
  const { settings, descriptions, ...rest } =
    await vi.importActual<typeof import('../../../lib/settings/table.ts')>(table);
  const { flag, list, seconds, text, words } = await import('../../../lib/settings/codecs.ts');
  const isEven = (one: string) => Number(one) % 2 === 0;
  return {
    ...rest,
    settings: {
      ...settings,
      MADE_UP_SECONDS: { at: 'timings.madeUpMs', codec: seconds(0.5, 60), default: 5 },
      MADE_UP_FLAG: { at: 'policy.isMadeUp', codec: flag },
      MADE_UP_WORD: { at: 'policy.madeUp', codec: words('one', 'other'), default: 'one' },
      MADE_UP_LIST: { at: 'madeUpList', codec: list('even numbers', isEven, 'even numbers', '2'), default: [] },
      MADE_UP_TEXT: { at: 'database.madeUp', codec: text(/^[a-z]+$/, 'small letters', 'abc') },
    },
    descriptions: {
      ...descriptions,
      MADE_UP_SECONDS: { key: 'reconcile.madeUpSeconds', meaning: 'How long it is made up' },
      MADE_UP_FLAG: { key: 'reconcile.madeUpFlag', meaning: 'Whether it is made up' },
      MADE_UP_WORD: { key: 'reconcile.madeUpWord', meaning: 'Which is made up' },
      MADE_UP_LIST: { key: 'reconcile.madeUpList', meaning: 'What is made up', otherwise: 'the even ones' },
      MADE_UP_TEXT: { key: 'reconcile.madeUpText', meaning: 'Who made it up' },
    },
  };
}

/** Everything that follows from the table, loaded anew. */
const load = async () => ({
  ...(await import('../../../lib/settings/config.ts')),
  ...(await import('../../../infra/config/database-entry.ts')),
  ...(await import('../../../cli/access/local.ts')),
  ...(await import('../../../cli/terminal/file-words.ts')),
  ...(await import('../../../scripts/docs.ts')),
  ...(await import('../examples-rig.ts')),
});
let code: Awaited<ReturnType<typeof load>>;

beforeAll(async () => {
  vi.resetModules();
  vi.doMock(table, withMadeUpRows);
  code = await load();
});

// Test files share their modules.
afterAll(() => {
  vi.doUnmock(table);
  vi.resetModules();
});

const targetGroupArn = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/orders/0123456789abcdef';
const minimal = {
  DATABASE_NAME: 'orders',
  DATABASE_KIND: 'cluster',
  DATABASE_ID: 'orders',
  TARGET_GROUP_ARN: targetGroupArn,
};
const entry = {
  name: 'orders',
  account: '111122223333',
  region: 'eu-central-1',
  database: { kind: 'cluster', id: 'orders' },
  targetGroupArn,
};

type Case = {
  readonly name: string;
  readonly key: string;
  readonly text: string;
  readonly written: unknown;
  readonly at: (config: Config) => unknown;
  readonly read: unknown;
  readonly byDefault: unknown;
  readonly wrong: string;
  readonly wronglyWritten: unknown;
  readonly allowed: string;
  readonly allowedInFile: string;
  readonly schema: object;
  readonly option: string;
  readonly variable: string;
};

const of = (fields: object, field: string) => (fields as Record<string, unknown>)[field];

const cases: readonly Case[] = [
  {
    name: 'MADE_UP_SECONDS',
    key: 'madeUpSeconds',
    text: '7',
    written: 7,
    at: ({ timings }) => of(timings, 'madeUpMs'),
    read: 7000,
    byDefault: 5000,
    wrong: '61',
    wronglyWritten: 61,
    allowed: 'seconds from 0.5 to 60',
    allowedInFile: 'a whole number from 1 to 60',
    schema: { type: 'integer', minimum: 1, maximum: 60, default: 5 },
    option: 'How long it is made up. Default: 5',
    variable: 'How long it is made up | seconds from 0.5 to 60 | 5',
  },
  {
    name: 'MADE_UP_FLAG',
    key: 'madeUpFlag',
    text: 'true',
    written: true,
    at: ({ policy }) => of(policy, 'isMadeUp'),
    read: true,
    byDefault: undefined,
    wrong: 'maybe',
    wronglyWritten: 'maybe',
    allowed: 'true or false',
    allowedInFile: 'true or false',
    schema: { type: 'boolean', default: false },
    option: 'Whether it is made up. Default: false',
    variable: 'Whether it is made up | true or false | false',
  },
  {
    name: 'MADE_UP_WORD',
    key: 'madeUpWord',
    text: 'other',
    written: 'other',
    at: ({ policy }) => of(policy, 'madeUp'),
    read: 'other',
    byDefault: 'one',
    wrong: 'othr',
    wronglyWritten: 'othr',
    allowed: 'one or other; did you mean other?',
    allowedInFile: '"one" or "other"; did you mean "other"?',
    schema: { type: 'string', enum: ['one', 'other'], default: 'one' },
    option: 'Which is made up. Default: one',
    variable: 'Which is made up | one or other | one',
  },
  {
    name: 'MADE_UP_LIST',
    key: 'madeUpList',
    text: '2,4',
    written: ['2', '4'],
    at: (config) => of(config, 'madeUpList'),
    read: ['2', '4'],
    byDefault: [],
    wrong: '2,3',
    wronglyWritten: ['3'],
    allowed: 'comma-separated even numbers',
    allowedInFile: 'even numbers',
    schema: { type: 'array', items: { type: 'string' }, minItems: 1 },
    option: 'What is made up. Default: the even ones',
    variable: 'What is made up | comma-separated even numbers | the even ones',
  },
  {
    name: 'MADE_UP_TEXT',
    key: 'madeUpText',
    text: 'abc',
    written: 'abc',
    at: ({ database }) => of(database, 'madeUp'),
    read: 'abc',
    byDefault: undefined,
    wrong: 'ABC1',
    wronglyWritten: 'ABC1',
    allowed: 'small letters',
    allowedInFile: 'small letters',
    schema: { type: 'string', pattern: '^[a-z]+$' },
    option: 'Who made it up. Default: none',
    variable: 'Who made it up | small letters | none',
  },
];

type Schema = { readonly description?: string; readonly properties?: Readonly<Record<string, Schema>> };
const databaseSchema = () => (code.jsonSchema() as { definitions: { database: Schema } }).definitions.database;

describe.each(cases)('a new row, $name', ({ name, key, text, written, at, read, byDefault, ...told }) => {
  const env = { ...minimal, [name]: text };
  const entryWith = (value: unknown) => code.entriesFrom([{ ...entry, reconcile: { [key]: value } }]);

  test('is read from the environment and written to it', () => {
    expect(at(code.configFromEnv(env))).toEqual(read);
    expect(code.configToEnv(code.configFromEnv(env))).toHaveProperty(name, text);
    expect(at(code.configFromEnv(minimal))).toEqual(byDefault);
    expect(() => code.configFromEnv({ ...minimal, [name]: told.wrong })).toThrow(
      `${name} is "${told.wrong}"; allowed: ${told.allowed}`,
    );
  });

  test('is a key of databases.json, and of its schema', () => {
    expect(entryWith(written)[0]?.reconcile).toEqual({ [key]: written });
    expect(() => entryWith(told.wronglyWritten)).toThrow(`allowed: ${told.allowedInFile}`);
    expect(databaseSchema().properties?.reconcile?.properties?.[key]).toEqual({
      ...told.schema,
      description: told.option,
    });
  });

  test('comes from databases.json to the deployed functions, and to --local', () => {
    const reconcile = Object.fromEntries(cases.map((one) => [one.key, one.written]));
    const entries = code.entriesFrom([{ ...entry, reconcile }]);
    const functions = Object.values(code.synthesise(entries).template('orders').findResources('AWS::Lambda::Function'));
    const variables = functions.map(({ Properties }) => Properties.Environment?.Variables).filter((one) => one?.ROLE);
    expect(variables).toHaveLength(2);
    for (const one of variables) expect(one).toHaveProperty(name, text);
    for (const one of entries) expect(code.environmentOf(one, targetGroupArn)).toHaveProperty(name, text);
  });

  test('has its line in the guides, and its key in what the command says', () => {
    expect(code.variablesTable()).toContain(`| \`${name}\` | ${told.variable} |`);
    expect(code.optionsTable()).toContain(`| \`reconcile.${key}\` |  | ${told.option} |`);
    expect(code.fileWords(`set ${name}`, { name: 'orders' })).toBe(`set reconcile.${key}`);
  });
});

describe('every row', () => {
  const fields = (schema: Schema, path: readonly string[]): readonly Schema[] => {
    const [key, ...rest] = path;
    if (key === undefined) return [schema];
    const unions = (schema as { readonly oneOf?: readonly Schema[] }).oneOf ?? [];
    return [schema, ...unions].flatMap(({ properties }) => (properties?.[key] ? fields(properties[key], rest) : []));
  };

  test.each(variableNames.filter(keyOf))(
    '%s says in the schema of databases.json what it says in the guides',
    (name) => {
      const found = fields(databaseSchema(), keyOf(name)?.split('.') ?? []);
      expect(found.length).toBeGreaterThan(0);
      for (const { description } of found) expect(description?.startsWith(meaningOf(name))).toBe(true);
      expect(code.variablesTable()).toContain(`| \`${name}\` | ${meaningOf(name)} |`);
    },
  );

  test.each(variableNames)('%s has an example that is allowed', (name) => {
    expect(codecOf(name).decode(codecOf(name).example)).toBeDefined();
  });
});
