import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../lib/domain.ts';
import { isPort } from '../../lib/domain.ts';
import { ReconcileError } from '../../lib/errors.ts';
import { respond } from '../../lib/invocation.ts';
import type { Resolver } from '../../lib/ports.ts';
import { configFor } from '../lib/invocations.ts';
import { a, b, cluster, clusterHost, memberHost, instance as other, timings } from '../lib/scene.ts';
import { type Api, createApi, type Reply } from './api-rig.ts';
import { runs, timeout } from './inputs.ts';
import { accepted, altered, alteredReplyTo, groupXml, junk, replyOf, replyToChange, right } from './xml.ts';

/** The API lists two; one of them is followed. */
const instance: Database = { ...other, id: 'orders-2' };

let api: Api;
beforeAll(() => {
  api = createApi();
});
afterAll(() => api.close());
beforeEach(() => {
  api.changes.length = 0;
});

/** DNS tells the truth, whatever the APIs say: orders-2 is the writer. */
const known: Readonly<Record<string, string>> = {
  [clusterHost]: b.ip,
  [memberHost('orders-1')]: a.ip,
  [memberHost('orders-2')]: b.ip,
};
const resolver: Resolver = {
  resolve: async (name) => {
    const ip = known[name];
    return ip ? { kind: 'addresses', addresses: [ip] } : { kind: 'not-found' };
  },
};

type Replies = Readonly<Record<string, Reply | (() => Reply)>>;

const set = (replies: Replies) => {
  api.changes.length = 0;
  api.listings.length = 0;
  api.replies.clear();
  for (const [action, body] of Object.entries(right)) api.replies.set(action, () => ({ status: 200, body }));
  api.replies.set('DescribeTargetHealth', () => ({ status: 200, body: groupXml(held()) }));
  for (const [action, reply] of Object.entries(replies))
    api.replies.set(action, typeof reply === 'function' ? reply : () => reply);
};

const changed = (action: string): string[] =>
  api.changes
    .filter((form) => form.get('Action') === action)
    .flatMap((form) => [...form].filter(([key]) => key.endsWith('.Id')).map(([, id]) => id));

/** Whether AWS does what it is asked for, whatever it replies. */
const isDone = { RegisterTargets: true, DeregisterTargets: true };
const done = (action: keyof typeof isDone): string[] => (isDone[action] ? changed(action) : []);

/** What the group would hold by now. */
const held = (): string[] =>
  [...new Set([a.ip, ...done('RegisterTargets')])].filter((ip) => !done('DeregisterTargets').includes(ip));

let now = 1_800_000_000_000;
/** Time that passes when a run waits, so that nothing is waited for; but what a signal ends is a limit, and the API is quicker. */
const clock = {
  now: () => now,
  sleep: (ms: number, signal?: AbortSignal) => {
    if (signal)
      return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    now += ms;
    return Promise.resolve();
  },
  random: () => 0.5,
};

async function run(database: Database, replies: Replies) {
  set(replies);
  const { topology, targetGroup } = api.adapters(database);
  // Short, so that a run which does not see its change reads a few times, not fifty.
  const config = configFor(database, { timings: { ...timings, watchMs: 3000, settleMs: 300, recheckMs: 100 } });
  const ports = { topology, targetGroup, resolver, clock };
  // As short as the timings: a run that is throttled asks again until then, and a minute is six hundred passes.
  const { report, fault } = await respond(ports, config, { action: 'resync' }, 5000);
  return { report, fault, registered: changed('RegisterTargets'), deregistered: changed('DeregisterTargets') };
}

const one = fc
  .constantFrom('DescribeDBInstances', 'DescribeDBClusters', 'DescribeTargetHealth')
  .chain((action) => alteredReplyTo(action).map((altered) => ({ [action]: altered })));
const database = fc.constantFrom(instance, cluster);
const reply = replyOf(fc.oneof(altered(), junk));

describe('a reply of the AWS APIs', () => {
  test(
    'of any kind is a topology of the known shape, not found, or unavailable with a ReconcileError',
    async () => {
      await fc.assert(
        fc.asyncProperty(reply, reply, database, async (clusters, instances, one) => {
          set({ DescribeDBClusters: clusters, DescribeDBInstances: instances });
          const observation = await api.adapters(one).topology.describe();
          if (observation.kind === 'unavailable') expect(observation.error).toBeInstanceOf(ReconcileError);
          if (observation.kind !== 'seen') return;
          for (const { id, role, status, endpoint } of observation.topology.instances) {
            expect([typeof id, typeof status, ['writer', 'reader'].includes(role)]).toEqual(['string', 'string', true]);
            if (endpoint)
              expect([typeof endpoint.host, endpoint.port === undefined || isPort(endpoint.port)]).toEqual([
                'string',
                true,
              ]);
            if (endpoint?.port !== undefined) expect(Number.isInteger(endpoint.port)).toBe(true);
          }
        }),
        runs(300),
      );
    },
    timeout,
  );

  test(
    'of any kind is a list of targets with address, port and known state, or a ReconcileError',
    async () => {
      await fc.assert(
        fc.asyncProperty(reply, async (health) => {
          set({ DescribeTargetHealth: health });
          const targets = await api
            .adapters(instance)
            .targetGroup.list()
            .catch((error: unknown) => {
              expect(error).toBeInstanceOf(ReconcileError);
              return [];
            });
          for (const { ip, port, state } of targets) {
            expect([typeof ip, isPort(port)]).toEqual(['string', true]);
            expect(state).toMatch(
              /^(initial|healthy|unhealthy|unhealthy\.draining|unused|draining|unavailable|unknown)$/,
            );
          }
        }),
        runs(300),
      );
      expect(api.changes).toEqual([]);
    },
    timeout,
  );

  test(
    'that is altered never makes a run register an address that DNS did not give, nor remove what the group did not list',
    async () => {
      const seen = { changed: 0, unchanged: 0 };
      await fc.assert(
        fc.asyncProperty(one, database, async (altered, kept) => {
          const { registered, deregistered, fault } = await run(kept, altered);
          expect(registered.filter((ip) => ip !== a.ip && ip !== b.ip)).toEqual([]);
          expect(deregistered.filter((ip) => !api.listings.some((listing) => listing.includes(ip)))).toEqual([]);
          if (fault) expect(fault).toBeInstanceOf(ReconcileError);
          seen[registered.length > 0 && deregistered.length > 0 ? 'changed' : 'unchanged'] += 1;
        }),
        runs(120),
      );
      expect(seen.changed).toBeGreaterThan(0);
      expect(seen.unchanged).toBeGreaterThan(0);
    },
    timeout,
  );

  test.each([
    ['half a character', '\ud800', '\ufffd'],
    ['the end of a line', '\r', '\n'],
    ['the end of a line, as Windows has it', '\r\n', '\n'],
  ])('with %s before an address asks for nothing but the removal of what it listed', async (_, written, read) => {
    const DescribeTargetHealth = () => ({ status: 200, body: groupXml(held()).replace(a.ip, `${written}${a.ip}`) });
    const { registered, deregistered } = await run(instance, { DescribeTargetHealth });
    expect(new Set(registered)).toEqual(new Set([b.ip]));
    expect(new Set(deregistered)).toEqual(new Set([`${read}${a.ip}`]));
    expect(api.listings.at(-1)).toContain(deregistered[0]);
  });

  test(
    'to a change is the own one of its operation, or a ReconcileError',
    async () => {
      const seen = { accepted: 0, refused: 0 };
      await fc.assert(
        fc.asyncProperty(replyToChange, fc.constantFrom('register', 'deregister'), async (reply, call) => {
          const action = call === 'register' ? 'RegisterTargets' : 'DeregisterTargets';
          api.replies.set(action, () => reply);
          const error = await api
            .adapters(instance)
            .targetGroup[call]([a])
            .then(
              () => undefined,
              (error: unknown) => error,
            );
          seen[error ? 'refused' : 'accepted'] += 1;
          if (error) {
            expect(error).toBeInstanceOf(ReconcileError);
            return;
          }
          // What AWS's own replies have, and nothing else has.
          const { status, body } = reply;
          const { length } = [...body.matchAll(new RegExp(`</?${action}(Response|Result)[ />]`, 'g'))];
          expect([status < 300, length >= 3, body.includes('</RequestId>')]).toEqual([true, true, true]);
        }),
        runs(300),
      );
      api.changes.length = 0;
      expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(0);
    },
    timeout,
  );

  test(
    'to a change never empties the group, whether AWS did it or not',
    async () => {
      const seen = new Set<string>();
      const reply = fc.option(replyToChange, { nil: { status: 200, body: accepted.RegisterTargets ?? '' } });
      await fc.assert(
        fc.asyncProperty(
          reply,
          fc.option(replyToChange, { nil: undefined }),
          fc.boolean(),
          async (one, other, does) => {
            isDone.RegisterTargets = does;
            const replies = { RegisterTargets: one, ...(other ? { DeregisterTargets: other } : {}) };
            const { report, fault, registered, deregistered } = await run(instance, replies);
            isDone.RegisterTargets = true;
            const isReplaced = does && registered.includes(b.ip);
            if (!isReplaced) expect(deregistered).toEqual([]);
            expect([...new Set([...registered, ...deregistered])].filter((ip) => ip !== a.ip && ip !== b.ip)).toEqual(
              [],
            );
            if (!does) expect([report.registered, report.outcome]).not.toEqual([[`${b.ip}:${b.port}`], 'changed']);
            if (fault) expect(fault).toBeInstanceOf(ReconcileError);
            seen.add(`${deregistered.length > 0 ? 'replaced' : 'kept'}, ${fault ? 'failed' : 'returned'}`);
          },
        ),
        runs(150),
      );
      expect([...seen]).toEqual(expect.arrayContaining(['replaced, returned', 'kept, failed']));
    },
    timeout,
  );

  test(
    'about the database that is no reply makes a run hold or fail, without a change',
    async () => {
      await fc.assert(
        fc.asyncProperty(replyOf(junk), database, async (body, one) => {
          const { report, fault, registered, deregistered } = await run(one, {
            DescribeDBInstances: body,
            DescribeDBClusters: body,
          });
          expect([...registered, ...deregistered]).toEqual([]);
          if (!fault) expect(report.outcome).toBe('held');
        }),
        runs(100),
      );
    },
    timeout,
  );

  test(
    'about the group that is no reply never makes a run remove a target or register another than the writer',
    async () => {
      await fc.assert(
        fc.asyncProperty(replyOf(junk), async (body) => {
          const { registered, deregistered } = await run(cluster, { DescribeTargetHealth: body });
          expect(deregistered).toEqual([]);
          expect(registered.filter((ip) => ip !== b.ip)).toEqual([]);
        }),
        runs(100),
      );
    },
    timeout,
  );
});
