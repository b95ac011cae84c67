import { once } from 'node:events';
import { connect } from 'node:net';
import {
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
} from '@aws-sdk/client-eventbridge';
import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  RDSClient,
  StartDBClusterCommand,
  StartDBInstanceCommand,
  StopDBClusterCommand,
  StopDBInstanceCommand,
} from '@aws-sdk/client-rds';
import { describe, expect, test, vi } from 'vitest';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { createQuietSandbox, settingsFor } from '../quiet-sandbox.ts';
import { shared } from '../shared.ts';

/* What an operator does to a sandbox on a game day: by AWS's calls where AWS has one, by the sandbox's own where it has none. */

const patient = { timeout: 20_000, interval: 20 };
const clientOf = <T>(Client: new (config: object) => T, sandbox: Sandbox): T => new Client(settingsFor(sandbox));
const create = (kind: 'instance' | 'cluster') => createQuietSandbox({ kind, speed: 50 });

/** What the database answers through the load balancer, or how the connection failed. */
async function greeting({ loadBalancer }: Sandbox, ms = 300): Promise<string> {
  const socket = connect(loadBalancer.port, loadBalancer.host, () => socket.write('?'));
  try {
    const [data] = await once(socket, 'data', { signal: AbortSignal.timeout(ms) });
    return String(data);
  } catch (error) {
    return (error as NodeJS.ErrnoException).name === 'AbortError' ? 'silence' : String(error);
  } finally {
    socket.destroy();
  }
}

let sandbox: Sandbox;
shared(
  async () => {
    sandbox = await create('instance');
  },
  () => sandbox?.close(),
  60_000,
);

describe('the database', () => {
  test('stops and starts again by the calls of AWS, with its events and under its address', async () => {
    const rds = clientOf(RDSClient, sandbox);
    const id = { DBInstanceIdentifier: 'orders' };
    const status = async () => (await rds.send(new DescribeDBInstancesCommand(id))).DBInstances?.[0]?.DBInstanceStatus;
    const before = sandbox.database.writer();
    await expect(rds.send(new StartDBInstanceCommand(id))).rejects.toMatchObject({
      name: 'InvalidDBInstanceStateFault',
    });
    expect((await rds.send(new StopDBInstanceCommand(id))).DBInstance?.DBInstanceStatus).toBe('stopping');
    await vi.waitFor(async () => expect(await status()).toBe('stopped'), patient);
    expect(sandbox.network.locate(before.ip, before.port)).toBeUndefined();
    await expect(rds.send(new StopDBInstanceCommand(id))).rejects.toMatchObject({
      name: 'InvalidDBInstanceStateFault',
    });
    expect((await rds.send(new StartDBInstanceCommand(id))).DBInstance?.DBInstanceStatus).toBe('starting');
    await vi.waitFor(async () => expect(await status()).toBe('available'), patient);
    expect(sandbox.database.writer()).toEqual(before);
    await vi.waitFor(async () => expect(await greeting(sandbox)).toContain('"role":"primary"'), patient);
    const said = sandbox.database.events().map(({ detail }) => detail.EventID);
    expect(said).toEqual(['RDS-EVENT-0087', 'RDS-EVENT-0088']);
  });

  test('of a cluster stops by the calls for clusters alone', async () => {
    const aurora = await create('cluster');
    try {
      const rds = clientOf(RDSClient, aurora);
      const id = { DBClusterIdentifier: 'orders' };
      const status = async () => (await rds.send(new DescribeDBClustersCommand(id))).DBClusters?.[0]?.Status;
      await expect(rds.send(new StopDBInstanceCommand({ DBInstanceIdentifier: 'orders-1' }))).rejects.toMatchObject({
        name: 'InvalidParameterCombination',
        message: 'aurora-postgresql DB instances are not eligible for stopping and starting.',
      });
      await rds.send(new StopDBClusterCommand(id));
      await vi.waitFor(async () => expect(await status()).toBe('stopped'), patient);
      await rds.send(new StartDBClusterCommand(id));
      await vi.waitFor(async () => expect(await status()).toBe('available'), patient);
    } finally {
      await aurora.close();
    }
  }, 60_000);

  test('hangs: the load balancer connects to it and calls it healthy, and nothing is answered until it goes on', async () => {
    sandbox.gameDay.hang();
    expect(await greeting(sandbox)).toBe('silence');
    await sandbox.clock.sleep(60_000);
    expect(sandbox.targetGroup.targets()).toMatchObject([{ state: 'healthy' }]);
    sandbox.gameDay.resume();
    expect(await greeting(sandbox, 5000)).toContain('"role":"primary"');
  });
});

test('a disabled rule says so and wakes no function, until it is enabled again', async () => {
  const events = clientOf(EventBridgeClient, sandbox);
  const rule = { Name: 'orders-rds' };
  const restart = async () => {
    const before = sandbox.functions.failover.results().length;
    await sandbox.database.restart();
    await sandbox.clock.sleep(1000);
    await sandbox.functions.failover.idle();
    return sandbox.functions.failover.results().length - before;
  };
  await events.send(new DisableRuleCommand(rule));
  expect((await events.send(new DescribeRuleCommand(rule))).State).toBe('DISABLED');
  expect(await restart()).toBe(0);
  await events.send(new EnableRuleCommand(rule));
  expect((await events.send(new DescribeRuleCommand(rule))).State).toBe('ENABLED');
  expect(await restart()).toBeGreaterThan(0);
  await expect(events.send(new DisableRuleCommand({ Name: 'another' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

describe('a permission', () => {
  const permission = 'rds:DescribeDBInstances';

  test('that is denied is missing to the functions, in the words of AWS, and not to an operator', async () => {
    sandbox.gameDay.deny(permission);
    const { payload } = await sandbox.functions.drift.invoke({ action: 'doctor' });
    expect(JSON.stringify(payload)).toMatch(
      /not authorized to perform: rds:DescribeDBInstances.*because no identity-based policy allows the rds:DescribeDBInstances action/,
    );
    await clientOf(RDSClient, sandbox).send(new DescribeDBInstancesCommand({}));
    sandbox.gameDay.allow(permission);
    const { payload: after } = await sandbox.functions.drift.invoke({ action: 'doctor' });
    expect(JSON.stringify(after)).not.toContain('not authorized to perform');
  });

  test('is refused when it is none', () => {
    expect(() => sandbox.gameDay.deny('DescribeDBInstances')).toThrow(
      'looks like elasticloadbalancing:RegisterTargets',
    );
  });
});

describe('with curl', () => {
  const ask = async (method: string, path: string, headers = {}) => {
    const response = await fetch(`${sandbox.api.url}/sandbox${path}`, { method, headers });
    return { status: response.status, text: await response.text() };
  };

  test('the writer hangs and goes on, and a permission is denied and allowed', async () => {
    expect(await ask('POST', '/hang')).toEqual({ status: 200, text: 'the writer hangs\n' });
    expect(await greeting(sandbox)).toBe('silence');
    await ask('POST', '/resume');
    expect(await greeting(sandbox, 5000)).toContain('"role":"primary"');
    await ask('POST', '/deny/elasticloadbalancing:RegisterTargets');
    expect((await ask('GET', '')).text).toContain('denied: elasticloadbalancing:RegisterTargets');
    await ask('POST', '/allow/elasticloadbalancing:RegisterTargets');
    expect((await ask('GET', '')).text).toContain('denied: nothing');
  });

  test.each([
    ['POST', '/explode', {}, 404, 'no such control: POST /sandbox/explode'],
    ['GET', '/hang', {}, 404, 'POST /sandbox/hang'],
    ['POST', '/deny/everything', {}, 400, '"everything" is no permission'],
    ['POST', '/load-balancer/fast', {}, 400, 'no load balancer profile "fast"; allowed: aws, slow, ideal'],
    ['POST', '/hang', { origin: 'https://example.com' }, 403, 'not from a web page'],
  ])('%s %s is refused with what there is', async (method, path, headers, status, text) => {
    const said = await ask(method, path, headers);
    expect(said.status).toBe(status);
    expect(said.text).toContain(text);
    expect(await greeting(sandbox, 5000)).toContain('"role":"primary"');
  });
});
