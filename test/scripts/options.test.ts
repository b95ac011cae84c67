import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { soakOptions } from '../../bench/soak/options.ts';
import { fuzzOptions } from '../../scripts/fuzz-options.ts';
import { templateOptions } from '../../scripts/template/options.ts';
import { stormOptions } from '../simulation/storm-options.ts';

const words = (text: string) => (text === '' ? [] : text.split(' '));

describe('the options of a storm', () => {
  test('are a hundred thousand failovers when none is given', () => {
    expect(stormOptions([])).toEqual({ failovers: 100_000, seed: 1, workers: 2 });
    expect(stormOptions(words('--failovers 8 --seed 0 --workers 1 --plot lag.svg'))).toEqual({
      ...{ failovers: 8, seed: 0, workers: 1, plot: 'lag.svg' },
    });
    expect(stormOptions(words('--story story.json'))).toEqual({ story: 'story.json' });
  });

  test.each([
    ['--failovers abc', '--failovers is abc; allowed: a whole number from 1 to 100000000'],
    ['--failovers 0', '--failovers is 0; allowed: a whole number from 1'],
    ['--failovers 1e5', '--failovers is 1e5; allowed: a whole number'],
    ['--failovers=', '--failovers is empty; allowed: a whole number'],
    ['--seed=-1', '--seed is -1; allowed: a whole number from 0'],
    ['--seed 1.5', '--seed is 1.5; allowed: a whole number'],
    ['--workers 0', '--workers is 0; allowed: a whole number from 1 to 64'],
    ['--plot /no/such/place/lag.svg', '--plot is /no/such/place/lag.svg; allowed: a file in a directory that exists'],
    ['--failover 5', "Unknown option '--failover'"],
    ['5', "Unexpected argument '5'"],
  ])('that play nothing, or something else than was asked for, are refused: %s', (text, message) => {
    expect(() => stormOptions(words(text))).toThrow(message);
  });
});

describe('the options of a soak', () => {
  test('are ten minutes of a cluster when none is given', () => {
    expect(soakOptions([])).toEqual({ minutes: 10, database: 'cluster', seed: 1, speed: 20 });
    expect(soakOptions(words('--minutes 0.5 --database instance --seed 7 --speed 50'))).toEqual({
      ...{ minutes: 0.5, database: 'instance', seed: 7, speed: 50 },
    });
  });

  test.each([
    ['--minutes ten', '--minutes is ten; allowed: a number from 0.1 to 10000'],
    ['--minutes 0', '--minutes is 0; allowed: a number from 0.1'],
    ['--minutes=', '--minutes is empty; allowed: a number'],
    ['--speed 51', '--speed is 51; allowed: a number from 1 to 50'],
    ['--seed 1.5', '--seed is 1.5; allowed: a whole number'],
    ['--database oracle', '--database is oracle; allowed: instance or cluster'],
    ['--hours 1', "Unknown option '--hours'"],
  ])('are refused with what is allowed: %s', (text, message) => {
    expect(() => soakOptions(words(text))).toThrow(message);
  });
});

describe('the options of the fuzzing', () => {
  test('are a million inputs for every property when none is given', () => {
    expect(fuzzOptions([])).toEqual({ runs: 1_000_000, property: '', files: ['test/fuzz'] });
    expect(fuzzOptions(words('--runs 5 --seed 3 --property bytes dns events.test.ts'))).toEqual({
      ...{ runs: 5, seed: 3, property: 'bytes' },
      files: ['test/fuzz/dns.test.ts', 'test/fuzz/events.test.ts'],
    });
  });

  test.each([
    ['--runs many', '--runs is many; allowed: a whole number from 1'],
    ['--seed x', '--seed is x; allowed: a whole number'],
    ['dsn events', 'dsn: no such inputs; allowed: api, databases, dns, environment, events, interfaces, stories'],
    ['--run 5', "Unknown option '--run'"],
  ])('are refused with what is allowed: %s', (text, message) => {
    expect(() => fuzzOptions(words(text))).toThrow(message);
  });
});

describe('the options of a template', () => {
  test('are a database and a bucket', () => {
    expect(templateOptions(words('orders --bucket my-bucket.1'))).toEqual({
      ...{ name: 'orders', bucket: 'my-bucket.1', databases: 'databases.json', out: 'dist/template' },
    });
  });

  test.each([
    ['--bucket my-bucket', 'the databases are missing; allowed: the name of one'],
    ['orders invoices --bucket my-bucket', 'the databases are orders, invoices; allowed: the name of one'],
    ['orders', '--bucket is missing; allowed: the name of an S3 bucket'],
    ...[
      'BUCKET',
      's3://mine',
      'ab',
      'a'.repeat(64),
      '-mine',
      'mine-',
      'my..bucket',
      '10.0.0.1',
      'xn--mine',
      'mine--x-s3',
    ].map((bucket) => [
      `orders --bucket=${bucket}`,
      `--bucket is ${bucket}; allowed: the name of an S3 bucket (3 to 63 `,
    ]),
  ])('are refused with what is allowed: %s', (text, message) => {
    expect(() => templateOptions(words(text))).toThrow(message);
  });
});

describe('a command that proves something', () => {
  const root = join(import.meta.dirname, '../..');
  const run = (file: string, ...args: string[]) =>
    spawnSync(process.execPath, [join(root, file), ...args], { encoding: 'utf8' });

  test.each(['test/simulation/storm.ts', 'bench/soak.ts', 'scripts/fuzz.ts'])(
    'ends with 2, its usage and no stack when an option is wrong: %s',
    (file) => {
      const { status, stdout, stderr } = run(file, '--bogus');
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(/^Unknown option '--bogus'.*\nnpm run \w+ -- \[--/);
      expect(stderr).not.toMatch(/\n\s+at /);
    },
  );

  test('names the interleavings that there are when none of them is meant', () => {
    const { status, stdout, stderr } = run('test/interleavings/main.ts', '--case', 'cluster: event + evnt');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^--case is cluster: event \+ evnt; allowed: words of\n {2}instance: event \+ event\n/);
  });

  test('tells its usage to who asks for it', () => {
    expect(run('test/simulation/storm.ts', '--help')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^npm run storm -- \[--failovers N\]/),
    });
  });
});
