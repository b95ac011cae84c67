import { describe, expect, test } from 'vitest';
import { targetKey } from '../../lib/domain.ts';
import { group, run } from './scene.ts';
import {
  a,
  addresses,
  b,
  begin,
  c,
  cluster,
  healthy,
  host,
  instance,
  jobOf,
  seen,
  showCluster,
  showInstance,
} from './world.ts';

/* What docs/security.md says of those who mean ill, where no other test shows it. */

const evil = 'evil.example.com';
const told = (name: string, port = 5432) =>
  seen([{ id: 'orders', role: 'writer', status: 'available', endpoint: { host: name, port } }], { host: name, port });

describe("a stranger's target", () => {
  test.each(['instance', 'cluster'] as const)(
    'beside the writer of a(n) %s is removed by the next check',
    async (kind) => {
      const world = group(healthy(a), healthy(c));
      if (kind === 'instance') showInstance(world, a);
      else showCluster(world, 'orders-1', a);
      const { report } = await run(world, jobOf(kind === 'instance' ? instance : cluster, 'check'));
      expect(report).toMatchObject({ outcome: 'changed', registered: [], deregistered: [targetKey(c)] });
      expect(world.group.live()).toEqual([targetKey(a)]);
    },
  );

  test('stays, and is told, where nothing is ever removed', async () => {
    const world = group(healthy(a), healthy(c));
    showInstance(world, a);
    const { report } = await run(world, jobOf(instance, 'check', undefined, { removeStale: 'never' }));
    expect(report).toMatchObject({ deregistered: [], stale: [targetKey(c)] });
    expect(world.group.live()).toEqual([targetKey(a), targetKey(c)]);
  });
});

describe('a hijacked reply of the RDS API', () => {
  test.each<[string, string | undefined, string]>([
    ['leads nowhere', undefined, 'AddressUnknown'],
    ['leads out of the private ranges', '52.29.1.1', 'AddressNotAllowed'],
    ['leads to the metadata of the machine', '169.254.169.254', 'AddressNotAllowed'],
  ])('that names an endpoint which %s changes nothing', async (_, ip, reason) => {
    const world = group(healthy(a));
    showInstance(world, a);
    world.topology = told(evil);
    if (ip) world.dns.set(evil, addresses(ip));
    const { report } = await run(world, jobOf(instance, 'check'));
    expect(report).toMatchObject({ outcome: 'held', reason, registered: [], deregistered: [] });
    expect(world.group.live()).toEqual([targetKey(a)]);
  });

  test('that names another port is overruled by one that was set', async () => {
    const world = group(healthy(a));
    showInstance(world, b);
    world.topology = told(host, 6666);
    await run(world, jobOf({ ...instance, port: 5432 }, 'watch', begin));
    expect(world.group.live()).toEqual([targetKey(b)]);
  });

  test('that makes a stranger the writer of a cluster is not believed against DNS', async () => {
    const world = group(healthy(a));
    showCluster(world, 'orders-1', a);
    world.dns.set('orders-9.example.com', addresses('10.66.66.66'));
    const members = [
      { id: 'orders-9', role: 'writer', status: 'available', endpoint: { host: 'orders-9.example.com', port: 5432 } },
    ] as const;
    world.topology = seen([...members], { host: 'orders.cluster-example.eu-central-1.rds.amazonaws.com', port: 5432 });
    const { report } = await run(world, jobOf(cluster, 'check'));
    expect(report).toMatchObject({ outcome: 'held', reason: 'SourcesDisagree' });
    expect(world.group.live()).toEqual([targetKey(a)]);
  });
});
