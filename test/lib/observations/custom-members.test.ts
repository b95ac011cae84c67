import { describe, expect, test } from 'vitest';
import { namesWanted } from '../../../lib/decision/desired.ts';
import type { Database, Desired } from '../../../lib/domain.ts';
import type { CustomEndpoint } from '../../../lib/nature.ts';
import type { DnsAnswer, TopologyObservation } from '../../../lib/ports.ts';
import { a, b, c, cluster, clusterDns, clusterOf, desiredAfter, lookupsOf, memberHost } from '../scene.ts';
import { unavailable } from '../world.ts';

const custom: Database = { ...cluster, role: 'custom', customEndpoint: 'Reporting' };
const endpoint = (more: Partial<CustomEndpoint> = {}): CustomEndpoint => ({
  id: 'reporting',
  type: 'READER',
  status: 'available',
  members: [],
  excluded: [],
  ...more,
});

type Story = {
  readonly endpoints?: readonly CustomEndpoint[];
  /** By the API; DNS agrees unless told otherwise. */
  readonly writer?: string;
  readonly dnsWriter?: { readonly ip: string };
  readonly statuses?: Readonly<Record<string, string>>;
  readonly dns?: Readonly<Record<string, DnsAnswer>>;
  /** How the API writes an identifier. */
  readonly spelled?: (id: string) => string;
};

function decide({
  endpoints = [endpoint()],
  writer = 'orders-1',
  dnsWriter,
  statuses = {},
  dns = {},
  spelled = String,
}: Story): Desired {
  const seen = clusterOf([writer]);
  if (seen.kind !== 'seen') throw new Error('nothing is shown');
  const instances = seen.topology.instances.map((one) => ({
    ...one,
    id: spelled(one.id),
    status: statuses[one.id] ?? one.status,
  }));
  const topology = { ...seen.topology, instances, customEndpoints: endpoints };
  const { ip } = dnsWriter ?? (writer === 'orders-3' ? c : a);
  return decideBy({ kind: 'seen', topology }, { ...clusterDns(ip), ...dns });
}

function decideBy(topology: TopologyObservation, dns: Readonly<Record<string, DnsAnswer>>): Desired {
  expect(namesWanted(custom, lookupsOf({ topology })).every((name) => name in dns)).toBe(true);
  return desiredAfter(custom, [{ topology, dns }]);
}

describe('the targets of a custom endpoint', () => {
  test.each<[string, Story, object[]]>([
    ['are all readers where it has no list', {}, [b, c]],
    ['are all members where its type is ANY', { endpoints: [endpoint({ type: 'ANY' })] }, [a, b, c]],
    ['are those in its static list', { endpoints: [endpoint({ members: ['orders-3'] })] }, [c]],
    [
      'are found whatever the letters of their identifiers',
      { endpoints: [endpoint({ members: ['orders-3'] })], spelled: (id) => id.toUpperCase() },
      [c],
    ],
    ['are all but the excluded ones', { endpoints: [endpoint({ excluded: ['orders-3'] })] }, [b]],
    [
      'go by the static list where both are there',
      { endpoints: [endpoint({ members: ['orders-3'], excluded: ['orders-3'] })] },
      [c],
    ],
    [
      'include the writer in a static list of type ANY',
      { endpoints: [endpoint({ type: 'ANY', members: ['orders-1', 'orders-2'] })] },
      [a, b],
    ],
    [
      'do not include the writer in a static list of type READER',
      { endpoints: [endpoint({ members: ['orders-1', 'orders-2'] })] },
      [b],
    ],
    [
      'do not include a member of the list that is gone',
      { endpoints: [endpoint({ members: ['orders-3', 'orders-9'] })] },
      [c],
    ],
    ['do not include a member that accepts no connections', { statuses: { 'orders-2': 'rebooting' } }, [c]],
    [
      'are those of the right one of several',
      { endpoints: [endpoint({ id: 'etl', members: ['orders-2'] }), endpoint({ members: ['orders-3'] })] },
      [c],
    ],
    ['stay while it is being modified', { endpoints: [endpoint({ status: 'modifying', members: ['orders-3'] })] }, [c]],
    ['of type READER do not include the instance that DNS already calls the writer', { dnsWriter: b }, [c]],
    [
      'of type ANY include the instance that either source calls the writer',
      { dnsWriter: b, endpoints: [endpoint({ type: 'ANY' })] },
      [a, b, c],
    ],
  ])('%s', (_, story, expected) => {
    expect(decide(story)).toMatchObject({ kind: 'targets', evidence: { complete: true }, targets: expected });
  });

  test('tolerate the one that the API alone calls the writer only where it is in the list', () => {
    expect(decide({ dnsWriter: b })).toMatchObject({ targets: [c], tolerated: [a] });
    const without = decide({ dnsWriter: b, endpoints: [endpoint({ members: ['orders-2', 'orders-3'] })] });
    expect(without).toMatchObject({ targets: [c] });
    expect(without).not.toHaveProperty('tolerated');
  });

  test('are incomplete while the address of one is not known', () => {
    const dns = { [memberHost('orders-3')]: { kind: 'failed', code: 'ETIMEOUT' } } as const;
    expect(decide({ dns })).toMatchObject({ targets: [b], evidence: { complete: false } });
  });

  test.each<[string, Story, RegExp]>([
    [
      'the cluster has no such endpoint',
      { endpoints: [endpoint({ id: 'etl' }), endpoint({ id: 'adhoc' })] },
      /cluster orders has no custom endpoint Reporting; it has etl, adhoc$/,
    ],
    ['the cluster has none', { endpoints: [] }, /has no custom endpoint Reporting; it has none/],
    [
      'the endpoint is being deleted',
      { endpoints: [endpoint({ status: 'deleting' })] },
      /custom endpoint reporting is deleting/,
    ],
    [
      'the endpoint leads to the writer alone',
      { endpoints: [endpoint({ type: 'WRITER' })] },
      /is of type WRITER; use "role": "writer"/,
    ],
    [
      'no member is there',
      { endpoints: [endpoint({ members: ['orders-9'] })] },
      /no member of custom endpoint Reporting is available/,
    ],
    [
      'no member is available',
      { statuses: { 'orders-2': 'stopped', 'orders-3': 'rebooting' } },
      /no member of custom endpoint/,
    ],
    [
      'the only member has become the writer',
      { writer: 'orders-3', endpoints: [endpoint({ members: ['orders-3'] })] },
      /no member/,
    ],
  ])('are unknown where %s', (_, story, message) => {
    expect(decide(story)).toMatchObject({ kind: 'hold', reason: 'NoReader', message: expect.stringMatching(message) });
  });

  test('are unknown without the RDS API, whatever was known at deployment', () => {
    expect(decideBy(unavailable, {})).toMatchObject({ kind: 'hold', reason: 'TopologyUnavailable' });
  });
});
