import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

/* What a cold start loads: index.mjs. The wide checks are beside it, in doctor.mjs, and are loaded when they are asked for. */

const bundled = (name: string, file: string): Promise<string> =>
  readFile(join(import.meta.dirname, '../../dist/functions', name, file), 'utf8');

/** Written into every request's schema, minified or not. */
const clients = { ec2: 'com.amazonaws.ec2', elbv2: 'com.amazonaws.elasticloadbalancingv2', rds: 'com.amazonaws.rds' };
const clientsIn = (code: string): string[] =>
  Object.entries(clients).flatMap(([name, namespace]) => (code.includes(`"${namespace}"`) ? [name] : []));

describe.each(['failover', 'drift'])('a cold start of the %s function', (name) => {
  test('loads the clients of the load balancer and of RDS, and not that of EC2, which only the doctor has', async () => {
    expect(clientsIn(await bundled(name, 'index.mjs'))).toEqual(['elbv2', 'rds']);
    expect(clientsIn(await bundled(name, 'doctor.mjs'))).toContain('ec2');
  });

  test('loads no class of an error: the base class of a service carries the same name', async () => {
    for (const file of ['index.mjs', 'doctor.mjs'])
      expect((await bundled(name, file)).match(/\w+Quota(Exceeded)?Fault|LoadBalancerNotFoundException/g)).toBeNull();
  });

  test('loads one file', async () => {
    const code = await bundled(name, 'index.mjs');
    expect([...code.matchAll(/\bfrom"(?!node:)([^"]+)"/g)].map(([, file]) => file)).toEqual([]);
    expect([...code.matchAll(/\bimport\("(?!node:)([^"]+)"\)/g)].map(([, file]) => file)).toEqual(['./doctor.mjs']);
  });
});
