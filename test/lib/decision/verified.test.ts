import { describe, expect, test } from 'vitest';
import { entering, verified } from '../../../lib/decision/verified.ts';
import type { Database, Policy, Target, Topology } from '../../../lib/domain.ts';
import { newState, type RunRequest } from '../../../lib/observations/run-state.ts';
import { askOwners } from '../../../lib/run/gather.ts';
import {
  a,
  addresses,
  b,
  begin,
  c,
  cluster,
  clusterHost,
  groups,
  healthy,
  host,
  hostname,
  instance,
  interfacesAt,
  ofAnother,
  ofRds,
  requestOf,
  run,
  showCluster,
  showInstance,
  stranger,
} from '../scene.ts';
import { unavailable, type World, worldWith } from '../world.ts';

const report = async (world: World, request: RunRequest) => (await run(world, request)).report;

/** The database's own at a, b and c; an instance of another at the stranger's address. */
const all = interfacesAt([a.ip, ofRds], [b.ip, ofRds], [c.ip, ofRds], [stranger.ip, ofAnother]);

const verifying = (database: Database, mode: 'watch' | 'check' | 'dry-run' = 'watch', over: Partial<Policy> = {}) =>
  requestOf(database, mode, mode === 'watch' ? begin : undefined, { verifyInterfaces: true, ...over });

const withGroups = (world: World): void => {
  if (world.topology.kind === 'seen')
    world.topology = { kind: 'seen', topology: { ...(world.topology.topology as Topology), securityGroups: groups } };
};

function verifiedInstance(target: Target, held: readonly Target[] = [a]): World {
  const world = worldWith(...held.map(healthy));
  showInstance(world, target);
  withGroups(world);
  world.interfaces = all;
  return world;
}

describe('an address that is about to enter', () => {
  test.each(['watch', 'check'] as const)(
    'enters in a %s once EC2 shows that it is the database, by one call',
    async (mode) => {
      const world = verifiedInstance(b);
      await run(world, verifying(instance, mode));
      expect(world.group.live()).toEqual(['10.0.2.10:5432']);
      expect(world.lookups.interfaces).toEqual([[b.ip]]);
    },
  );

  test.each(['watch', 'check'] as const)(
    'never enters in a %s while it belongs to another: AddressNotOurs',
    async (mode) => {
      const world = verifiedInstance(stranger);
      const said = await report(world, verifying(instance, mode));
      expect(world.group.calls.filter((call) => call.includes('register'))).toEqual([]);
      expect(said).toMatchObject({ outcome: 'held', reason: 'AddressNotOurs', registered: [], deregistered: [] });
      expect(said.detail).toContain('10.0.77.77');
      expect(said.detail).toContain('eni-0fedcba9876543210');
    },
  );

  test('does not enter an empty group either', async () => {
    const world = verifiedInstance(stranger, []);
    await run(world, verifying(instance, 'check'));
    expect(world.group.live()).toEqual([]);
  });

  test('is told by a plan, which changes nothing', async () => {
    const world = verifiedInstance(stranger);
    expect(await report(world, verifying(instance, 'dry-run'))).toMatchObject({
      outcome: 'held',
      reason: 'AddressNotOurs',
    });
  });

  test('is not asked about where nothing enters', async () => {
    const world = verifiedInstance(a);
    await run(world, verifying(instance));
    await run(world, verifying(instance, 'check'));
    expect(world.lookups.interfaces).toEqual([]);
  });

  test('is not asked about without VERIFY_INTERFACES', async () => {
    const world = verifiedInstance(stranger);
    await run(world, requestOf(instance, 'check'));
    expect(world.lookups.interfaces).toEqual([]);
    expect(world.group.live()).toEqual(['10.0.77.77:5432']);
  });

  test('is asked about again while it is held, at most every five seconds, and enters once it is proven', async () => {
    const world = verifiedInstance(b);
    world.interfaces = { kind: 'seen', interfaces: new Map() };
    world.clock.at(12_000, () => {
      world.interfaces = all;
    });
    await run(world, verifying(instance));
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
    expect(world.lookups.interfaces.length).toBeLessThanOrEqual(4);
  });

  test('stays out once EC2 has shown that it belongs to another, though EC2 is throttled then', async () => {
    const world = verifiedInstance(stranger);
    world.clock.at(8000, () => {
      world.interfaces = { kind: 'unavailable', message: 'ec2:DescribeNetworkInterfaces failed (Throttled)' };
    });
    const said = await report(world, verifying(instance));
    expect(world.lookups.interfaces.length).toBeGreaterThan(2);
    expect(said).toMatchObject({ outcome: 'held', reason: 'AddressNotOurs', registered: [] });
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });
  test('enters after a throttled EC2 has answered again that it is the database', async () => {
    const world = verifiedInstance(b);
    world.interfaces = { kind: 'seen', interfaces: new Map() };
    world.clock.at(8000, () => {
      world.interfaces = { kind: 'unavailable', message: 'ec2:DescribeNetworkInterfaces failed (Throttled)' };
    });
    world.clock.at(20_000, () => {
      world.interfaces = all;
    });
    await run(world, verifying(instance));
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });
  test('enters as without where EC2 cannot be read, and the report says so', async () => {
    const world = verifiedInstance(b);
    world.interfaces = { kind: 'unavailable', message: 'ec2:DescribeNetworkInterfaces failed (AccessDenied)' };
    const said = await report(world, verifying(instance));
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
    expect(said).toMatchObject({
      outcome: 'changed',
      detail: expect.stringContaining(
        '10.0.2.10 was registered unverified: ec2:DescribeNetworkInterfaces failed (AccessDenied)',
      ),
    });
  });

  test('waits two seconds for an EC2 that is silent, no longer', async () => {
    const world = verifiedInstance(b);
    const silent = () => new Promise<never>(() => undefined);
    const ports = { ...world.ports, interfaces: { find: silent, findByGroup: silent } };
    await run({ ...world, ports }, verifying(instance));
    const [register] = world.group.timed.filter(({ call }) => call.startsWith('register'));
    expect(register?.at).toBe(2000);
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('keeps a whole reader group as it is when one of its addresses belongs to another', async () => {
    const world = worldWith(healthy(b));
    showCluster(world, 'orders-1', a, ['orders-1', 'orders-2', 'orders-3']);
    world.dns.set('orders-3.example.eu-central-1.rds.amazonaws.com', addresses(stranger.ip));
    withGroups(world);
    world.interfaces = all;
    const said = await report(world, verifying({ ...cluster, role: 'reader' }, 'check'));
    expect(said.reason).toBe('AddressNotOurs');
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test('is asked about before the unshown addresses of a full group, and EC2 about no more at once than it takes', async () => {
    const world = worldWith();
    const others = Array.from({ length: 300 }, (_, index) => ({ ip: `10.9.${index >> 8}.${index & 255}`, port: 5432 }));
    const state = { ...newState(0), inQuestion: [stranger, ...others] };
    const { owners } = await askOwners(world.ports, verifying(instance), state);
    expect(world.lookups.interfaces.map((asked) => [asked.length, asked[0]])).toEqual([[200, stranger.ip]]);
    expect(owners.get(stranger.ip)?.kind).toBe('other');
    expect(owners.size).toBe(200);
  });
  test('of a host name is verified by the groups of the configuration', async () => {
    const world = worldWith(healthy(a));
    world.dns.set(host, addresses(a.ip, stranger.ip));
    world.interfaces = interfacesAt([a.ip, ofRds], [stranger.ip, { ...ofAnother, securityGroups: [] }]);
    const followed = { ...hostname, securityGroups: groups };
    expect((await report(world, verifying(followed, 'check'))).reason).toBe('AddressNotOurs');
    world.interfaces = interfacesAt([a.ip, ofRds], [stranger.ip, ofAnother]);
    await run(world, verifying(followed, 'check'));
    expect(world.group.live()).toEqual(['10.0.1.10:5432', '10.0.77.77:5432']);
  });

  test('is compared with the groups that the API reports, not with those of the deployment', async () => {
    const world = verifiedInstance(b);
    const old = { ...instance, securityGroups: ['sg-0aaaaaaaaaaaaaaaa'] };
    await run(world, verifying(old));
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });
});

describe('a cluster without the RDS API', () => {
  const known = { ...cluster, endpoint: { host: clusterHost, port: 5432 } };

  function silentApi(target: Target, held: readonly Target[] = [a]): World {
    const world = worldWith(...held.map(healthy));
    world.topology = unavailable;
    world.dns.set(clusterHost, addresses(target.ip));
    world.interfaces = all;
    return world;
  }

  test('is changed by DNS once the address is proven by its interface', async () => {
    const world = silentApi(b);
    await run(world, verifying({ ...known, securityGroups: groups }));
    expect(world.group.live()).toEqual(['10.0.2.10:5432']);
  });

  test.each([
    ['is not verified', {}, 'VERIFY_INTERFACES'],
    ['has no security groups to compare', { verifyInterfaces: true }, 'DATABASE_SECURITY_GROUPS'],
  ])('is changed by DNS alone in no way where the address %s', async (_, over, said) => {
    for (const [held, mode] of [
      [[a], 'watch'],
      [[a, b], 'check'],
      [[], 'watch'],
    ] as const) {
      const world = silentApi(b, held);
      const told = await report(world, requestOf(known, mode, undefined, over));
      expect(world.group.calls.filter((call) => call.includes('register'))).toEqual([]);
      expect(told).toMatchObject({ outcome: 'held', reason: 'TopologyUnavailable' });
      expect(told.detail).toContain(said);
    }
  });

  test('is changed in no way while EC2 cannot be read', async () => {
    const world = silentApi(b);
    world.interfaces = { kind: 'unavailable', message: 'throttled' };
    const told = await report(world, verifying({ ...known, securityGroups: groups }));
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
    expect(told).toMatchObject({ reason: 'TopologyUnavailable', detail: expect.stringContaining('throttled') });
  });

  test('does not believe DNS that names a stranger', async () => {
    const world = silentApi(stranger);
    expect((await report(world, verifying({ ...known, securityGroups: groups }))).reason).toBe('AddressNotOurs');
    expect(world.group.live()).toEqual(['10.0.1.10:5432']);
  });

  test('is in sync where DNS names what the group holds', async () => {
    const world = silentApi(a);
    expect((await report(world, requestOf(known, 'check'))).outcome).toBe('in-sync');
  });
});

describe('a plan whose owners are not read yet', () => {
  const desired = { kind: 'targets', targets: [b], evidence: { complete: true, since: 0 } } as const;
  const plan = { kind: 'change', register: [b], deregister: [a], stale: [] } as const;

  test('waits where EC2 is to be asked, and names the address', () => {
    expect(verified(desired, plan, new Map(), true)).toEqual({
      kind: 'hold',
      reason: 'Unconfirmed',
      message: 'the owner of 10.0.2.10 has not been read yet',
    });
  });

  test('goes on where EC2 is not asked', () => {
    expect(verified(desired, plan, new Map(), false)).toBe(plan);
  });

  test('asks about no address where nothing enters, and about each registration of any plan', () => {
    const removal = { ...plan, register: [] };
    expect(verified(desired, removal, new Map(), true)).toBe(removal);
    const hold = { kind: 'hold', reason: 'NoWriter', message: 'none' } as const;
    expect(entering(hold, plan)).toEqual([b]);
    expect(entering(undefined, plan)).toEqual([b]);
  });
});
