import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Database } from '../../lib/domain.ts';
import { ReconcileError } from '../../lib/errors.ts';
import { catalogue, eventId, triggerFrom } from '../../lib/events.ts';
import { respond } from '../../lib/invocation.ts';
import { configFor } from '../lib/invocations.ts';
import { a, b, cluster, healthy, hostname, instance, showCluster, showInstance, timings } from '../lib/scene.ts';
import { worldWith } from '../lib/world.ts';
import { anything, hostileText, mostly, runs, timeout } from './inputs.ts';

const ids = Object.values(catalogue).flatMap(({ begin, end, check }) => [...begin, ...end, ...check].map(eventId));

const detail = fc.record(
  {
    EventID: mostly(fc.constantFrom(...ids)),
    SourceIdentifier: mostly(fc.constantFrom('orders', 'orders-1', 'orders-2', 'rds:orders', 'other')),
    SourceArn: mostly(fc.constant('arn:aws:rds:eu-central-1:123456789012:db:orders')),
    Message: mostly(
      fc.constantFrom(
        'Completed failover to DB instance: orders-2',
        'Completed failover to DB instance: 10.0.9.9',
        'Completed failover to DB instance: evil',
      ),
    ),
    Endpoint: fc.constant({ Address: '10.0.9.9', Port: 1 }),
    targets: fc.constant(['10.0.9.9:1']),
  },
  { requiredKeys: [] },
);

const arn = (kind: string, id: string) => `arn:aws:rds:eu-central-1:123456789012:${kind}:${id}`;

const event = fc.oneof(
  anything,
  fc.record(
    {
      source: mostly(fc.constantFrom('aws.rds', 'aws.rds', 'aws.rds', 'aws.events', 'aws.scheduler')),
      'detail-type': mostly(fc.constantFrom(...Object.keys(catalogue), 'Scheduled Event')),
      time: mostly(fc.constantFrom('2020-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '+275760-09-13T00:00:00Z')),
      resources: mostly(
        fc.constantFrom(
          [arn('db', 'orders')],
          [arn('cluster', 'orders')],
          [arn('db', 'orders-2')],
          [arn('db', 'other')],
        ),
      ),
      detail: mostly(detail),
      TARGET_GROUP_ARN: hostileText,
      DNS_SERVERS: fc.constant('10.0.9.9'),
    },
    { requiredKeys: ['source'] },
  ),
  fc.record(
    { action: mostly(fc.constantFrom('resync', 'plan', 'status', 'doctor')), targets: anything },
    { requiredKeys: ['action'] },
  ),
);

const databases: readonly Database[] = [instance, cluster, hostname];

/** The run over an event in a world whose group is wrong: what it held, what it holds, and what was thrown. */
async function run(database: Database, payload: unknown) {
  const world = worldWith(healthy(a));
  if (database.kind === 'cluster') showCluster(world, 'orders-2', b);
  else showInstance(world, b);
  const config = configFor(database, { timings: { ...timings, watchMs: 3000, settleMs: 300, recheckMs: 100 } });
  const over = world.clock.run(
    respond(world.ports, config, payload, 900_000).then(
      (response) => ({ response }),
      (error: unknown) => ({ error }),
    ),
  );
  return { world, ...(await over) } as {
    world: typeof world;
    response?: Awaited<ReturnType<typeof respond>>;
    error?: unknown;
  };
}

describe('an event of any shape', () => {
  test(
    'is read, ignored or refused with InvalidEvent; a name that it gives is a DB identifier',
    () => {
      fc.assert(
        fc.property(event, fc.constantFrom(...databases), (payload, database) => {
          try {
            const { kind, trigger } = triggerFrom(payload, database, 1_800_000_000_000);
            expect(['run', 'if-member', 'ignored']).toContain(kind);
            expect(trigger.at).toBeLessThanOrEqual(1_800_000_000_000);
            if ('named' in trigger) expect(trigger.named).toMatch(/^[a-z][a-z0-9-]*$/);
          } catch (error) {
            expect(error).toBeInstanceOf(ReconcileError);
            expect((error as ReconcileError).code).toBe('InvalidEvent');
            expect((error as ReconcileError).message.length).toBeLessThan(700);
          }
        }),
        runs(800),
      );
    },
    timeout,
  );

  test(
    'leaves the group as it was, or holds the writer; a refused or ignored one makes no call of the group',
    async () => {
      await fc.assert(
        fc.asyncProperty(event, fc.constantFrom(...databases), async (payload, database) => {
          const { world, response, error } = await run(database, payload);
          const live = world.group.live().join();
          expect(['10.0.1.10:5432', '10.0.2.10:5432', '10.0.1.10:5432,10.0.2.10:5432']).toContain(live);
          expect(world.group.calls.filter((call) => !/^(list|(de)?register 10\.0\.[12]\.10:5432)$/.test(call))).toEqual(
            [],
          );
          if (error) expect(error).toMatchObject({ name: 'ReconcileError', code: 'InvalidEvent' });
          else expect(response?.fault).toBeUndefined();
          if (error || response?.report.outcome === 'ignored') expect(world.group.calls).toEqual([]);
        }),
        runs(300),
      );
    },
    timeout,
  );
});
