import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { compileCache } from '../compile-cache.ts';
import { root } from './examples-rig.ts';

const directory = mkdtempSync(join(tmpdir(), 'cdk-cli-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The `cdk` command as npx runs it: this repository's commands first in PATH, nobody's credentials, nowhere to ask for any. */
function cdk(...args: string[]) {
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
      },
    },
  );
  return { status, output, text: stdout + stderr };
}

const synth = (file?: string) => cdk('synth', '--quiet', ...(file ? ['-c', `databases=${file}`] : []));

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe('npx --no -- cdk', () => {
  test('synth makes the stacks of databases.json', () => {
    const { status, output, text } = synth();
    expect(status, text).toBe(0);
    expect(JSON.parse(readFileSync(join(output, 'orders.template.json'), 'utf8'))).toMatchObject({
      Outputs: { EndpointServiceName: {} },
    });
  });

  test('list with -c databases=FILE takes another file', () => {
    const { status, text } = cdk('list', '-c', 'databases=examples/readers-beside-writer.json');
    expect(status, text).toBe(0);
    expect(text.trim().split('\n').sort()).toEqual(['orders', 'orders-readers']);
  });

  test('list with -c consumers=FILE knows the consumers alone: their account has no databases', () => {
    const { status, text } = cdk('list', '-c', 'consumers=examples/consumers/endpoint-service.json');
    expect(status, text).toBe(0);
    expect(text.trim().split('\n')).toEqual(['orders-consumer']);
  });

  test('synth stops with every problem of the file, without a stack trace', () => {
    const file = join(directory, 'bad.json');
    writeFileSync(file, JSON.stringify([{ name: 'orders', colour: 'red', database: { kind: 'cluster' } }]));
    const { status, text } = synth(file);
    expect(status).toBe(1);
    expect(text).toContain(`${file} has 3 problems:`);
    expect(text).toContain('- $[0].database.id is missing; allowed: an RDS identifier');
    expect(text).toContain('- $[0].colour is "red"; allowed: only these keys');
    expect(text).toContain('- $[0].endpointService is missing; allowed: ');
    expect(text).not.toMatch(/^\s+at /m);
  });

  test('synth names a file that is not there', () => {
    const { status, text } = synth('nowhere.json');
    expect(status).toBe(1);
    expect(text).toContain('nowhere.json has 1 problem');
    expect(text).not.toMatch(/^\s+at /m);
  });

  test.each([
    ['database=examples/aurora.json', 'did you mean -c databases=examples/aurora.json?'],
    ['Consumer=mine.txt', 'did you mean -c consumers=mine.txt?'],
    ['dbs=mine.yaml', 'dbs is "mine.yaml", which nothing reads'],
    ['config=examples/aurora.json', 'config is "examples/aurora.json", which nothing reads; allowed: databases=FILE'],
  ])('list with -c %s is refused: it would be passed over', (context, message) => {
    const { status, text } = cdk('list', '-c', context);
    expect(status).toBe(1);
    expect(text).toContain(message);
    expect(text).not.toMatch(/^\s+at /m);
  });

  test('list takes context that has nothing to do with files', () => {
    const { status, text } = cdk('list', '-c', 'stage=prod', '-c', '@aws-cdk/core:database=true');
    expect(status, text).toBe(0);
    expect(text.trim()).toBe('orders');
  });

  test('synth names the file that was probably meant', () => {
    expect(synth('examples/arora.json').text).toContain('did you mean examples/aurora.json?');
  });

  test('synth offers no file of another name: that both end in .json makes none of them near', () => {
    expect(synth('nope.json').text).toContain('it cannot be read');
    expect(synth('nope.json').text).not.toContain('did you mean');
  });
});
