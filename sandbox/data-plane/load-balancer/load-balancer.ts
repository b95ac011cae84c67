import type { TargetChange, TargetGroup } from '../../world/types.ts';
import { createDoor } from './door.ts';
import { createFlowTable, type FlowCounters, type LoadBalancerOptions } from './flow-table.ts';
import { createHealthChecks } from './health-checks.ts';

/** The data plane of a Network Load Balancer: a TCP listener that follows one target group. */
export type DataPlane = {
  readonly host: '127.0.0.1';
  readonly port: number;
  connections(): FlowCounters;
  close(): Promise<void>;
};

/** Why a change of its state ends the connections of a target; undefined when they go on. */
function reasonToCut({ from, to }: TargetChange, targetGroup: TargetGroup): string | undefined {
  const terminates = (key: string) => targetGroup.attribute(`${key}.connection_termination.enabled`);
  // On by default. With it off, the end of the draining interval terminates the connections all the same.
  if (to === 'unhealthy')
    return from === 'unhealthy.draining' || terminates('target_health_state.unhealthy') !== 'false' ? to : undefined;
  // A deregistered target is gone at the end of the delay. Off by default: connections to it then go on.
  const gone = to === undefined || to === 'unused';
  return gone && terminates('deregistration_delay') === 'true' ? 'deregistered' : undefined;
}

/** Listens on a port of 127.0.0.1 while a target can be reached, routes, checks the targets' health and reports it to the group. */
export async function createLoadBalancer(options: LoadBalancerOptions): Promise<DataPlane> {
  const { targetGroup, journal } = options;
  const table = createFlowTable(options);
  const door = await createDoor({ ...options, accept: table.accept });
  const unfollow = targetGroup.onChange((change) => {
    const reason = reasonToCut(change, targetGroup);
    if (reason) table.cut(change, reason);
  });
  const healthChecks = createHealthChecks(options);
  journal.write('load-balancer', 'listening', { port: door.port, targetGroup: targetGroup.arn });
  return {
    host: '127.0.0.1',
    port: door.port,
    connections: table.counters,
    async close() {
      healthChecks.close();
      unfollow();
      await door.close();
      await table.close();
    },
  };
}
