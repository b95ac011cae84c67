import type { Database } from '../../lib/domain.ts';
import { respond } from '../../lib/invocation.ts';
import { newMemory } from '../../lib/memory/memory.ts';
import type { GroupNature } from '../../lib/nature.ts';
import { type Config, configFromEnv } from '../../lib/settings/config.ts';
import { noProbe, policy, timings } from './scene.ts';
import type { World } from './world.ts';

/* What wakes the functions, and what they make of it. */

export const groupArn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef';

const environment = {
  DATABASE_NAME: 'orders',
  DATABASE_KIND: 'instance',
  TARGET_GROUP_ARN: groupArn,
};

/** Of the instance orders, unless told otherwise. */
export const configOf = (env: Readonly<Record<string, string>> = {}): Config =>
  configFromEnv({ ...environment, ...(env.DATABASE_KIND === 'hostname' ? {} : { DATABASE_ID: 'orders' }), ...env });

export const scheduled = { source: 'aws.scheduler', time: '1970-01-01T00:00:00Z' };
export const instanceEvent = (EventID: string, id = 'orders') => ({
  source: 'aws.rds',
  'detail-type': 'RDS DB Instance Event',
  time: '1970-01-01T00:00:00Z',
  resources: [`arn:aws:rds:eu-central-1:123456789012:db:${id}`],
  detail: { EventID },
});

/** An execution environment: it remembers its earlier invocations. */
export function environmentOf(world: World, config: Config = configOf(), remainingMs = 300_000) {
  const memory = newMemory();
  const invoke = (event: unknown) =>
    world.clock.run(respond(world.ports, config, event, remainingMs, undefined, undefined, memory));
  return {
    memory,
    invoke,
    /** One check each minute; gives the last one. */
    async checks(count: number) {
      let last: Awaited<ReturnType<typeof respond>> | undefined;
      for (let left = count; left > 0; left--) {
        const begun = world.clock.now();
        last = await invoke(scheduled);
        await world.clock.run(world.clock.sleep(begun + 60_000 - world.clock.now()));
      }
      if (!last) throw new Error('no check');
      return last;
    },
  };
}

/** The first invocation of an environment. */
export const respondIn = (world: World, event: unknown, config?: Config, remainingMs?: number) =>
  environmentOf(world, config, remainingMs).invoke(event);

/** The group as its API describes it, and how often it was asked. */
export function natureIn(world: World, nature: GroupNature | undefined): { asked: number } {
  const count = { asked: 0 };
  Object.assign(world.ports.targetGroup, {
    nature: async () => {
      count.asked += 1;
      return nature;
    },
  });
  return count;
}

/** As what simulated functions run with. */
export const configFor = (database: Database, over: Partial<Config> = {}): Config => ({
  database,
  targetGroupArn: groupArn,
  policy,
  timings,
  probe: noProbe,
  dnsServers: [],
  metricsNamespace: 'RdsTargetReconciler',
  logLevel: 'SILENT',
  ...over,
});
