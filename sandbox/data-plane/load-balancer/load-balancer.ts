import type { TargetGroup } from '../../world/types.ts';
import { createDoor } from './door.ts';
import { createFlowTable, type FlowCounters, type LoadBalancerOptions } from './flow-table.ts';
import { createHealthChecks } from './health-checks.ts';
import { createRoutes, type Routes } from './routes.ts';

/** The data plane of a Network Load Balancer: one TCP listener, and the target groups that it forwards to. */
export type DataPlane = {
  readonly host: '127.0.0.1';
  readonly port: number;
  connections(): FlowCounters;
  close(): Promise<void>;
};

/** Listens on a port of 127.0.0.1 while a target can be reached, routes, checks the targets' health and reports it to their groups. */
export async function createLoadBalancer(options: LoadBalancerOptions): Promise<DataPlane> {
  const { listener, journal } = options;
  const table = createFlowTable(options, () => routes);
  const routes: Routes = createRoutes({ ...options, cut: table.cut, retire: table.retire });
  const door = await createDoor({ ...options, routes, accept: table.accept });
  const checks = createChecks(options);
  journal.write('load-balancer', 'listening', { port: door.port, listener: listener.arn });
  return {
    host: '127.0.0.1',
    port: door.port,
    connections: table.counters,
    async close() {
      checks.close();
      routes.close();
      await door.close();
      await table.close();
    },
  };
}

/** Health checks of every group that the listener forwards to, those of weight 0 included. */
function createChecks({ listener, ...options }: LoadBalancerOptions): { close(): void } {
  const checks = new Map<TargetGroup, { close(): void }>();
  const follow = () => {
    const groups = listener.forwards().map(({ group }) => group);
    for (const [group, check] of checks) {
      if (groups.includes(group)) continue;
      checks.delete(group);
      check.close();
    }
    for (const targetGroup of groups)
      if (!checks.has(targetGroup)) checks.set(targetGroup, createHealthChecks({ ...options, targetGroup }));
  };
  const unfollow = listener.onChange(follow);
  follow();
  return {
    close() {
      unfollow();
      for (const check of checks.values()) check.close();
    },
  };
}
