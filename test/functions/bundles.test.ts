import { execFileSync } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';

/*
 * What a cold start loads: index.mjs. Beside it are the extended checks, in doctor.mjs, what tells a topic of a failover, in notifier.mjs, and what
 * asks the members of the database, in probe.mjs with a driver for each protocol. They are loaded when they are needed.
 */

const fileOf = (name: string, file: string): string => join(import.meta.dirname, '../../dist/functions', name, file);
const bundled = (name: string, file: string): Promise<string> => readFile(fileOf(name, file), 'utf8');

/** Written into every request's schema, minified or not. */
const clients = { ec2: 'com.amazonaws.ec2', elbv2: 'com.amazonaws.elasticloadbalancingv2', rds: 'com.amazonaws.rds' };
const clientsIn = (code: string): string[] =>
  Object.entries(clients).flatMap(([name, namespace]) => (code.includes(`"${namespace}"`) ? [name] : []));

const environment = {
  DATABASE_NAME: 'orders',
  DATABASE_KIND: 'instance',
  DATABASE_ID: 'orders',
  TARGET_GROUP_ARN: 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef',
  AWS_REGION: 'eu-central-1',
};

/** The modules of Node's that a process has loaded once it has loaded the bundle. */
function modulesOfNode(name: string): string[] {
  const script = `await import(${JSON.stringify(pathToFileURL(fileOf(name, 'index.mjs')))});
    process.stdout.write(JSON.stringify(process.moduleLoadList));`;
  const listed = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { env: environment });
  return JSON.parse(listed.toString());
}

describe.each(['failover', 'drift'])('a cold start of the %s function', (name) => {
  test('loads the clients of the load balancer and of RDS, and not that of EC2, which only the doctor has', async () => {
    expect(clientsIn(await bundled(name, 'index.mjs'))).toEqual(['elbv2', 'rds']);
    expect(clientsIn(await bundled(name, 'doctor.mjs'))).toContain('ec2');
  });

  test('loads no class of an error: the base class of a service carries the same name', async () => {
    for (const file of ['index.mjs', 'doctor.mjs'])
      expect((await bundled(name, file)).match(/\w+Quota(Exceeded)?Fault|LoadBalancerNotFoundException/g)).toBeNull();
  });

  test('loads no module of Node that only an unused export needs', () => {
    const loaded = modulesOfNode(name);
    expect(loaded).toContain('NativeModule https');
    expect(loaded.filter((module) => /undici|zlib|readline|fs\/promises|internal\/fs\/streams/.test(module))).toEqual(
      [],
    );
  });

  test('loads one file', async () => {
    const code = await bundled(name, 'index.mjs');
    expect([...code.matchAll(/\bfrom"([^"]+)"/g)].map(([, file]) => file)).toEqual([]);
    expect([...code.matchAll(/\bimport\("(?!node:)([^"]+)"\)/g)].map(([, file]) => file)).toEqual([
      './probe.mjs',
      './notifier.mjs',
      './doctor.mjs',
    ]);
  });
});

const sizeOf = async (name: string, file: string) => (await stat(fileOf(name, file))).size / 1024;

describe.each(['failover', 'drift'])('a probe of the %s function', (name) => {
  test('loads no more than 120 KB for PostgreSQL, and for MySQL neither tables of character sets nor certificates', async () => {
    expect((await sizeOf(name, 'probe.mjs')) + (await sizeOf(name, 'probe-postgres.mjs'))).toBeLessThan(100);
    expect(await sizeOf(name, 'probe-mysql.mjs')).toBeLessThan(220);
    expect(await bundled(name, 'probe-mysql.mjs')).not.toContain('BEGIN CERTIFICATE');
    for (const file of ['index.mjs', 'probe.mjs'])
      expect(await bundled(name, file)).not.toMatch(/pg_is_in_recovery|innodb_read_only/);
  });
});
