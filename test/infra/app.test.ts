import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { ConfigurationError, readDatabases } from '../../infra/config/databases.ts';
import { isAsked, refuseUnknownKeys } from '../../infra/context.ts';
import { compileCache } from '../compile-cache.ts';
import { root } from './examples-rig.ts';

const directory = mkdtempSync(join(tmpdir(), 'cdk-cli-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The `cdk` command as npx runs it: this repository's commands first in PATH, without credentials or a place to ask for any. */
function cdk(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const output = join(directory, 'cdk.out');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/aws-cdk/bin/cdk'), ...args, '--output', output],
    {
      cwd: root,
      encoding: 'utf8',
      env: {
        PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter),
        HOME: directory,
        ...compileCache(),
        CI: 'true',
        AWS_EC2_METADATA_DISABLED: 'true',
        ...env,
      },
    },
  );
  return { status, output, text: stdout + stderr };
}

/** Without CloudFormation's rules, which take longer than all the rest: a list only needs the names. */
const list = (...context: string[]) =>
  cdk(['list', ...context.flatMap((one) => ['-c', one])], { CDK_VALIDATION: 'false' });

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe('npx --no -- cdk', () => {
  test('synth makes the stacks of databases.json', () => {
    const { status, output, text } = cdk(['synth', '--quiet']);
    expect(status, text).toBe(0);
    expect(JSON.parse(readFileSync(join(output, 'orders.template.json'), 'utf8'))).toMatchObject({
      Outputs: { EndpointServiceName: {} },
    });
  });

  test('list with -c databases=FILE takes another file, context that has nothing to do with files, and with fleet=true one dashboard more for all databases', () => {
    const { status, text } = list('databases=examples/readers-beside-writer.json', 'stage=prod', 'fleet=true');
    expect(status, text).toBe(0);
    expect(text.trim().split('\n').sort()).toEqual(['orders', 'orders-readers', 'target-reconciler-fleet']);
  });

  test('list with -c consumers=FILE knows the consumers alone: their account has no databases', () => {
    const { status, text } = list('consumers=examples/consumers/endpoint-service.json');
    expect(status, text).toBe(0);
    expect(text.trim().split('\n')).toEqual(['orders-consumer']);
  });

  test('stops with every problem of the file, without a stack trace', () => {
    const file = join(directory, 'bad.json');
    writeFileSync(file, JSON.stringify([{ name: 'orders', colour: 'red', database: { kind: 'cluster' } }]));
    const { status, text } = list(`databases=${file}`);
    expect(status).toBe(1);
    expect(text).toContain(`${file} has 3 problems:`);
    expect(text).toContain('- $[0].database.id is missing; allowed: an RDS identifier');
    expect(text).toContain('- $[0].colour is "red"; allowed: only these keys');
    expect(text).toContain('- $[0].endpointService is missing; allowed: ');
    expect(text).not.toMatch(/^\s+at /m);
  });

  test('refuses context that would be passed over, without a stack trace', () => {
    const { status, text } = list('config=examples/aurora.json');
    expect(status).toBe(1);
    expect(text).toContain('config is "examples/aurora.json", which nothing reads; allowed: databases=FILE');
    expect(text).not.toMatch(/^\s+at /m);
  });
});

describe('context', () => {
  const refused = (context: Record<string, unknown>) => () => refuseUnknownKeys(new App({ context }));

  test.each([
    ['database', 'examples/aurora.json', 'did you mean -c databases=examples/aurora.json?'],
    ['Consumer', 'mine.txt', 'did you mean -c consumers=mine.txt?'],
    ['fleets', 'true', 'did you mean -c fleet=true?'],
    ['dbs', 'mine.yaml', 'dbs is "mine.yaml", which nothing reads'],
    [
      'config',
      'examples/aurora.json',
      'config is "examples/aurora.json", which nothing reads; allowed: databases=FILE and consumers=FILE',
    ],
  ])('-c %s=%s is refused: it would be passed over', (key, value, message) => {
    expect(refused({ [key]: value })).toThrow(ConfigurationError);
    expect(refused({ [key]: value })).toThrow(message);
  });

  test('asks for the dashboard of all databases, or not', () => {
    const asked = (value: unknown) => isAsked(new App({ context: { fleet: value } }), 'fleet');
    expect([true, 'true', false, 'false', undefined].map(asked)).toEqual([true, true, false, false, false]);
    for (const value of ['yes', '', 1])
      expect(() => asked(value)).toThrow(`it is ${JSON.stringify(value)}; allowed: true and false`);
  });

  test('that has nothing to do with files is taken', () => {
    expect(refused({ stage: 'prod', '@aws-cdk/core:database': 'true' })).not.toThrow();
  });
});

describe('a file that cannot be read', () => {
  test('is named', () => {
    expect(() => readDatabases('nowhere.json')).toThrow(ConfigurationError);
    expect(() => readDatabases('nowhere.json')).toThrow('nowhere.json has 1 problem');
  });

  test('gets the suggestion that is probably meant', () => {
    expect(() => readDatabases('examples/arora.json')).toThrow('did you mean examples/aurora.json?');
  });

  test('is offered none of another name: that both end in .json makes none of them near', () => {
    expect(() => readDatabases('nope.json')).toThrow('it cannot be read');
    expect(() => readDatabases('nope.json')).not.toThrow('did you mean');
  });
});
