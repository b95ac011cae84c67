import { ElasticLoadBalancingV2Client, SetSubnetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, test } from 'vitest';
import { eventually, live, reportOf, start, writerOf } from './rig.ts';

/* The built bundle, a real failover, and a load balancer that has no subnet where the writer goes. */

test('a writer in a zone without a load balancer subnet waits, and its predecessor stays, until there is a subnet', async () => {
  const sandbox = await start({
    kind: 'cluster',
    isScheduled: false,
    loadBalancerZones: ['eu-central-1a', 'eu-central-1c'],
  });
  const { drift } = sandbox.functions;
  const resync = async () => reportOf(await drift.invoke({ action: 'resync' }));
  const former = writerOf(sandbox);
  const gap = /load balancer orders has no subnet in eu-central-1b, .*"zone": "eu-central-1b"/;
  expect(await resync()).toMatchObject({ outcome: 'in-sync', detail: expect.stringMatching(gap) });

  await sandbox.database.failover({ cause: 'failover' });
  await sandbox.functions.failover.idle();
  const writer = writerOf(sandbox);
  const report = await resync();
  expect(report).toMatchObject({
    outcome: 'waiting',
    deregistered: [],
    stale: [former],
    detail: expect.stringMatching(new RegExp(`^no traffic reaches ${writer} in eu-central-1b`)),
  });
  expect(live(sandbox)).toEqual([former, writer]);
  const { checks = [] } = reportOf(await drift.invoke({ action: 'doctor' }));
  const failed = checks.filter(({ result }) => result === 'failed').map(({ check }) => check);
  expect(failed).toEqual(expect.arrayContaining(['zones-cover-database', 'in-sync']));

  const client = new ElasticLoadBalancingV2Client({
    endpoint: sandbox.api.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  });
  const Subnets = sandbox.surroundings.placement?.subnetIds.slice();
  await client.send(new SetSubnetsCommand({ LoadBalancerArn: sandbox.balancer.arn, Subnets }));
  client.destroy();
  await eventually(async () => expect((await resync()).outcome).toMatch(/^(changed|in-sync)$/));
  expect(live(sandbox)).toEqual([writer]);
});
