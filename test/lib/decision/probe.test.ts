import { describe, expect, test } from 'vitest';
import { decide } from '../../../lib/decision/decide.ts';
import { type Database, type Plan, type RegisteredTarget, type Target, targetKey } from '../../../lib/domain.ts';
import { observe } from '../../../lib/observations/group.ts';
import { rememberLookups } from '../../../lib/observations/observations.ts';
import { type Heard, nothingHeard } from '../../../lib/observations/probe.ts';
import { newState, type RunRequest, type RunState } from '../../../lib/observations/run-state.ts';
import { heardFrom, reader, refused, type Said, silent, up, writer } from '../prober.ts';
import {
  a,
  addresses,
  b,
  c,
  cluster,
  clusterDns,
  clusterHost,
  clusterOf,
  healthy,
  host,
  initial,
  instance,
  instanceAt,
  lookupsOf,
  type Moment,
  memberHost,
  readers,
  requestOf,
  seen,
  timings,
} from '../scene.ts';

/* Each row of docs/decisions/0029-ask-the-members.md, decided at one moment. */

type Scene = {
  readonly said?: readonly Said[];
  /** Instead of what was said. */
  readonly heard?: Heard;
  readonly group?: readonly RegisteredTarget[];
  readonly moments?: readonly Moment[];
  readonly now: number;
};

const watching = requestOf(cluster, 'watch');
const checking = requestOf(cluster, 'check');

/** The API and DNS name these members' writers. */
const named = (apiWriter: string, dnsTarget: Target): Moment => ({
  topology: clusterOf([apiWriter]),
  dns: clusterDns(dnsTarget.ip),
});

/** What a run decides that has seen nothing change before `now`. */
function decided(request: RunRequest, scene: Scene) {
  const { said, group = [healthy(a)], moments = [named('orders-1', a)], now } = scene;
  let state: RunState = newState(0);
  for (const moment of moments.map((one) => ({ at: 0, ...one }))) {
    const lookups = lookupsOf(moment);
    const observations = rememberLookups(state.observations, lookups, request.database, timings);
    state = decide(request, observe({ ...state, observations, lookups }, { readAt: 0, at: 0, targets: group }));
  }
  const lookups = lookupsOf({ ...moments.at(-1), at: now });
  const heard = scene.heard ?? (said && heardFrom(said, request.database));
  return decide(request, {
    ...state,
    lookups,
    observations: { ...state.observations, ...(heard ? { heard } : {}) },
  });
}

const planOf = (request: RunRequest, scene: Scene): Plan | undefined => decided(request, scene).plan;

const replaces = (enter: Target, leave: Target) => ({
  kind: 'change',
  register: [enter],
  deregister: [leave],
  stale: [],
});
const adds = (enter: Target, stale: Target) => ({ kind: 'change', register: [enter], deregister: [], stale: [stale] });
const held = { kind: 'hold', reason: 'Unconfirmed' };

/** What a member says each second from a moment on, and once more a quarter later. */
const from = (target: Target, answer: Said[1], at: number, to = at + 250): Said[] => [
  [target, answer, at],
  ...Array.from({ length: Math.floor((to - at) / 250) }, (_, n): Said => [target, answer, at + 250 * (n + 1)]),
];

const bWrites = from(b, writer, 20_000);
const now = 20_300;

describe('a confirmed writer', () => {
  test.each([
    ['is a reader', reader],
    ['refuses connections', refused],
  ])('replaces at once a former one that %s, against DNS and the API alike', (_, answer) => {
    const said = [...from(a, answer, 20_000), ...bWrites];
    for (const request of [watching, checking]) {
      const state = decided(request, { said, now });
      expect(state.plan).toEqual(replaces(b, a));
      expect(state.desired).toMatchObject({
        writer: { instanceId: 'orders-2', address: b.ip, port: b.port },
        evidence: { complete: true, since: now, confirmedAt: 20_250 },
      });
    }
  });

  test('replaces the other where DNS and the API disagree, or name none', () => {
    const said = [...from(a, reader, 20_000), ...bWrites];
    for (const moment of [
      named('orders-1', b),
      named('orders-2', a),
      named('none', a),
      { topology: clusterOf(['orders-1', 'orders-2']), dns: clusterDns(a.ip) },
      {
        topology: clusterOf(['orders-1']),
        dns: { ...clusterDns(a.ip), [clusterHost]: { kind: 'not-found' } as const },
      },
    ])
      expect(planOf(watching, { said, now, moments: [moment] })).toEqual(replaces(b, a));
  });

  test('enters at once beside a former one that is silent, which leaves after two seconds of the same', () => {
    const beside = { group: [healthy(a)], said: [...from(a, silent, 20_000), ...bWrites] };
    expect(planOf(checking, { ...beside, now })).toEqual(adds(b, a));
    const later = { said: [...from(a, silent, 20_000, 22_500), ...from(b, writer, 20_000, 22_500)] };
    expect(planOf(watching, { ...later, now: 22_249 })).toEqual(adds(b, a));
    expect(planOf(watching, { ...later, now: 22_250 })).toEqual(replaces(b, a));
  });

  test('enters at once though another member has not been heard, or has no endpoint yet', () => {
    const creating = { id: 'orders-0', role: 'reader', status: 'creating' } as const;
    const shown = clusterOf(['orders-1']);
    const instances = shown.kind === 'seen' ? [creating, ...shown.topology.instances] : [];
    const topology = seen(instances, { host: clusterHost, port: a.port });
    const scene = { said: from(b, writer, 0), moments: [{ ...named('orders-1', a), topology }], now: 300 };
    expect(planOf(watching, scene)).toEqual(adds(b, a));
  });

  test('does not make a target leave at once that no member is', () => {
    const stranger = { ip: '10.0.9.9', port: a.port };
    const scene = { said: bWrites, group: [healthy(stranger)], now };
    expect(planOf(watching, scene)).toEqual(adds(b, stranger));
  });

  test('stays for two seconds after its last word, whatever DNS and the API say, and is then forgotten', () => {
    const scene = { said: bWrites, group: [healthy(b)] };
    expect(planOf(watching, { ...scene, now: 22_249 })).toEqual({ kind: 'in-sync', stale: [] });
    expect(decided(watching, { ...scene, now: 22_250 }).desired).toMatchObject({ targets: [a] });
  });

  test('comes back without the wait of a reversal', () => {
    const before = decided(watching, { now: 0, group: [healthy(a)], moments: [named('orders-1', a)] });
    const left = observe(before, { readAt: 15_000, at: 15_000, targets: [healthy(c)] });
    const heard = heardFrom([...from(a, writer, 20_000), ...from(c, reader, 20_000)]);
    const lookups = lookupsOf({ ...named('orders-1', a), at: now });
    const state = decide(watching, { ...left, lookups, observations: { ...left.observations, heard } });
    expect(state.plan).toMatchObject({ kind: 'change', register: [a] });
    const { heard: _, ...without } = state.observations;
    expect(decide(watching, { ...state, observations: without }).plan).toMatchObject(held);
  });

  test('does not make a target leave that is new: another run has just brought it', () => {
    const scene = { said: [...from(a, reader, 20_000), ...bWrites], group: [initial(a)], now };
    expect(planOf(watching, { ...scene, now })).toEqual(replaces(b, a));
    const fresh = decided(watching, scene);
    const seen = observe(fresh, { readAt: 20_000, at: 20_000, targets: [initial(a)] });
    expect(decide(watching, seen).plan).toEqual(adds(b, a));
  });

  test('is no member any more when its name has moved', () => {
    const dns = { ...clusterDns(a.ip), [memberHost('orders-2')]: addresses('10.0.2.99') };
    const scene = { said: [...from(a, reader, 20_000), ...bWrites], moments: [{ ...named('orders-1', a), dns }] };
    expect(decided(watching, { ...scene, now }).desired).toMatchObject({ targets: [a] });
  });

  test('of an instance is where its endpoint led, or leads', () => {
    const at = (ip: string) => ({ topology: instanceAt(), dns: { [host]: addresses(ip) } });
    const moments = [at(a.ip), at(b.ip)];
    const request = requestOf(instance, 'check');
    const scene = { moments, group: [healthy(a)], now };
    expect(planOf(request, { ...scene, said: [...from(b, up, 20_000), ...from(a, refused, 20_000)] })).toEqual(
      replaces(b, a),
    );
    expect(planOf(request, { ...scene, said: [...from(a, writer, 20_000), ...from(b, reader, 20_000)] })).toEqual({
      kind: 'in-sync',
      stale: [],
    });
  });

  test('is the one of an instance while the API is down', () => {
    const known = { ...instance, endpoint: { host, port: a.port } };
    const scene = { said: from(b, writer, 20_000), moments: [{ dns: { [host]: addresses(b.ip) } }], now };
    const { plan, desired } = decided(requestOf(known, 'check'), scene);
    expect(plan).toEqual(adds(b, a));
    expect(desired?.kind === 'targets' && desired.writer).toStrictEqual({ address: b.ip, port: b.port });
  });
});

describe('two writers', () => {
  const said = [...from(a, writer, 20_000, 31_000), ...from(b, writer, 20_000, 31_000)];
  const moments = [named('orders-2', b)];

  test('hold the group for ten seconds, then it is as without a probe', () => {
    // Both were first heard at 20 s.
    expect(planOf(watching, { said, moments, now: 29_999 })).toMatchObject({ kind: 'hold', reason: 'TwoWriters' });
    expect(planOf(watching, { said, moments, now: 30_000 })).toEqual(replaces(b, a));
  });

  test('are named', () => {
    expect(planOf(watching, { said, moments, now })).toMatchObject({
      message: `${targetKey(a)} and ${targetKey(b)} say that they are the writer`,
    });
  });
});

describe('a choice of DNS and the API', () => {
  const moments = [named('orders-2', b)];
  const noWriter = (to: number) => [...from(a, silent, 0, to), ...from(b, reader, 0, to), ...from(c, reader, 0, to)];

  test('that says reader while no member says writer stays out for 60 s, and nothing leaves for it', () => {
    expect(planOf(watching, { said: noWriter(59_900), moments, now: 59_999 })).toMatchObject(held);
    expect(planOf(watching, { said: noWriter(60_000), moments, now: 60_000 })).toEqual(replaces(b, a));
    const beside = { said: noWriter(29_900), moments, group: [healthy(a), healthy(b)] };
    const plans = (scene: Pick<Scene, 'said'>) =>
      [20, 22, 24, 26, 28].map((second) => planOf(checking, { ...beside, ...scene, now: 1000 * second })?.kind);
    expect(plans({})).toEqual(['hold', 'hold', 'hold', 'hold', 'hold']);
    expect(plans({ said: [] })).toContain('change');
  });

  test('stays out for those 60 s from its own beginning on', () => {
    const later = [{ ...named('orders-2', b), at: 5000 }];
    expect(planOf(watching, { said: noWriter(64_900), moments: later, now: 64_999 })).toMatchObject(held);
    expect(planOf(watching, { said: noWriter(65_000), moments: later, now: 65_000 })).toEqual(replaces(b, a));
  });

  test('stays out for half as long in a check, which ends before', () => {
    expect(planOf(checking, { said: noWriter(29_900), moments, now: 29_999 })).toMatchObject(held);
    expect(planOf(checking, { said: noWriter(30_000), moments, now: 30_000 })).toEqual(replaces(b, a));
  });

  test('says why it stays out', () => {
    expect(planOf(watching, { said: noWriter(20_000), moments, now: 20_100 })).toMatchObject({
      message: `would register ${targetKey(b)} and deregister ${targetKey(a)} if the answer stays the same for 39900 ms: ${targetKey(b)} says that it is a reader, and no member says writer`,
    });
  });

  test('that the group holds already is in sync, whatever it says', () => {
    const scene = { said: noWriter(20_000), moments, group: [healthy(b)], now };
    expect(planOf(watching, scene)).toEqual({ kind: 'in-sync', stale: [] });
  });

  test('enters an empty group, which serves no client', () => {
    const scene = { said: noWriter(20_000), moments, group: [], now };
    expect(planOf(watching, scene)).toMatchObject({ kind: 'change', register: [b] });
  });

  test('waits for the second word of another member that says writer', () => {
    const said: Said[] = [...from(b, silent, 20_000), [c, writer, 20_200]];
    expect(planOf(watching, { said, moments, now })).toMatchObject({
      ...held,
      message: expect.stringMatching(`: ${targetKey(c)} says that it is the writer$`),
    });
    expect(planOf(watching, { said: [...said, [c, silent, 20_400]], moments, now: 20_700 })).toEqual(replaces(b, a));
  });

  test('waits for the first words of a run that has just begun to ask, and for a second at most', () => {
    const said: Said[] = [[a, silent, 0]];
    const first = { ...held, message: expect.stringMatching(/: the members have not been heard yet$/) };
    expect(planOf(watching, { said, moments, now: 999 })).toMatchObject(first);
    expect(decided(watching, { said, moments, now: 700 }).retryInMs).toBe(300);
    expect(planOf(watching, { heard: nothingHeard, moments, now })).toMatchObject(first);
    expect(planOf(watching, { said, moments, now: 1000 })).toEqual(replaces(b, a));
    expect(planOf(watching, { said: [...said, [b, silent, 0]], moments, now: 100 })).toEqual(replaces(b, a));
  });
});

describe('as without a probe is a choice of DNS and the API', () => {
  const moments = [named('orders-2', b)];
  const said: readonly Said[] = [
    [a, silent, 20_000],
    [b, reader, 20_000],
  ];

  test('that has said once that it is the writer', () => {
    expect(planOf(watching, { said: [...said, [b, writer, 20_200]], moments, now })).toEqual(replaces(b, a));
  });

  test('that says reader beside a writer, while a member may be missing among those that are asked', () => {
    const { sole, ...others } = heardFrom([...said, [c, writer, 20_200]]);
    expect(planOf(watching, { heard: { ...others, isPartial: true }, moments, now })).toEqual(replaces(b, a));
  });
});

describe('members that say nothing', () => {
  test.each<[string, Database, readonly Moment[]]>([
    ['an instance', instance, [{ topology: instanceAt(), dns: { [host]: addresses(b.ip) } }]],
    ['a cluster', cluster, [named('orders-2', b)]],
    ['a cluster whose sources disagree', cluster, [named('orders-2', a)]],
    ['a cluster whose API is late', cluster, [named('orders-1', b)]],
  ])('leave %s as it is without a probe', (_, database, moments) => {
    const said = [a, b, c].flatMap((one) => from(one, silent, 0, 20_000));
    for (const at of [5000, 6000, 10_000, now])
      for (const mode of ['watch', 'check'] as const) {
        const request = requestOf(database, mode);
        const { plan, retryInMs, desired } = decided(request, { said, moments, now: at });
        const without = decided(request, { moments, now: at });
        expect({ plan, retryInMs, desired }).toEqual({
          plan: without.plan,
          retryInMs: without.retryInMs,
          desired: without.desired,
        });
      }
  });

  test('and neither does one that accepts connections without a login, in a cluster', () => {
    const said = [a, b, c].flatMap((one) => from(one, up, 0, 20_000));
    const scene = { moments: [named('orders-2', b)], now };
    expect(planOf(watching, { ...scene, said })).toEqual(planOf(watching, scene));
  });
});

describe('a reader group', () => {
  const request = requestOf(readers, 'watch');
  const moments = [named('orders-1', a)];

  test('drops a member that says writer, and takes in no other for it', () => {
    const said = [...from(a, reader, 20_000), ...bWrites, ...from(c, reader, 20_000)];
    expect(decided(request, { said, moments, now }).desired).toMatchObject({ targets: [c] });
  });

  test('holds when no other reader is left', () => {
    const scene = {
      said: bWrites,
      moments: [{ ...named('orders-1', a), topology: clusterOf(['orders-1'], ['orders-1', 'orders-2']) }],
    };
    expect(planOf(request, { ...scene, group: [healthy(b)], now })).toMatchObject({ kind: 'hold', reason: 'NoReader' });
  });

  test('does not tolerate a disputed writer that says that it is one', () => {
    const disputed = [named('orders-1', c)];
    const scene = { moments: disputed, group: [healthy(a), healthy(b)], now };
    expect(decided(request, scene).desired).toMatchObject({ targets: [b], tolerated: [a] });
    expect(decided(request, { ...scene, said: from(a, writer, 20_000) }).desired).not.toHaveProperty('tolerated');
  });

  test('is as without a probe where the members are readers or silent', () => {
    for (const answer of [reader, silent, up]) {
      const said = [a, b, c].flatMap((one) => from(one, answer, 0, 20_000));
      expect(planOf(request, { said, moments, now })).toEqual(planOf(request, { moments, now }));
    }
  });
});
