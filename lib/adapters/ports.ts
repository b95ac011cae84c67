import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RDSClient } from '@aws-sdk/client-rds';
import type { Ports, TargetGroup, TopologySource } from '../ports.ts';
import type { Config } from '../settings/config.ts';
import { createDnsResolver } from './dns-resolver.ts';
import { createEc2Interfaces } from './ec2-interfaces.ts';
import { createElbv2TargetGroup } from './elbv2-target-group.ts';
import { createProber } from './prober/prober.ts';
import { createRdsTopology } from './rds-topology.ts';
import { systemClock } from './system-clock.ts';

/** Made when first asked for: a hostname needs no RDS client. `rdsOnce` makes one attempt: left out where no events come. */
export type PortClients = { elbv2(): ElasticLoadBalancingV2Client; rds(): RDSClient; rdsOnce?(): RDSClient };

/**
 * The group, DNS as the group takes it (only addresses of its type count) and the system's clock. The functions, `--local` and the
 * drill see the same.
 */
export function createGroupPorts(
  { elbv2 }: Pick<PortClients, 'elbv2'>,
  { targetGroupArn, dnsServers }: Pick<Config, 'targetGroupArn' | 'dnsServers'>,
): Pick<Ports, 'resolver' | 'clock'> & { readonly targetGroup: TargetGroup } {
  const targetGroup = createElbv2TargetGroup(elbv2(), targetGroupArn);
  const resolver = createDnsResolver({ servers: dnsServers, addressTypes: targetGroup.addressTypes });
  return { targetGroup, resolver, clock: systemClock };
}

/** Everything that a run of the core needs, over AWS's APIs, DNS and the system's clock. */
export function createPorts(clients: PortClients, config: Config): Ports {
  const { database, policy, probe } = config;
  const elbv2 = clients.elbv2();
  const topology = database.kind === 'hostname' ? undefined : createRdsTopology(clients.rds(), database);
  return {
    ...createGroupPorts({ elbv2: () => elbv2 }, config),
    ...(topology ? { topology } : {}),
    ...(database.kind === 'cluster' && clients.rdsOnce ? { topologyOnce: later(clients.rdsOnce, database) } : {}),
    ...(policy.verifyInterfaces || policy.warmStandby ? { interfaces: createEc2Interfaces(elbv2) } : {}),
    ...(topology && probe.login !== 'off' ? probing(topology, elbv2, config) : {}),
  };
}

/** No client is made before there is a question. */
function later(client: () => RDSClient, database: Config['database']): TopologySource {
  let source: TopologySource | undefined;
  return {
    describe: (signal) => {
      source ??= createRdsTopology(client(), database);
      return source.describe(signal);
    },
  };
}

/** The engine of the last topology that was read tells how to ask a member. */
function probing(
  { describe }: TopologySource,
  client: ElasticLoadBalancingV2Client,
  { probe, timings }: Config,
): Pick<Ports, 'topology' | 'prober'> {
  let engine: string | undefined;
  return {
    topology: {
      async describe(signal) {
        const observation = await describe(signal);
        if (observation.kind === 'seen') engine = observation.topology.nature?.engine ?? engine;
        return observation;
      },
    },
    prober: createProber({ probe, client, engine: () => engine, timeoutMs: probeTimeoutMs(timings) }),
  };
}

/** A second, which a watch that goes faster shortens, but not below what a handshake may take. Ms. */
const probeTimeoutMs = ({ recheckMs }: Config['timings']): number => Math.min(1000, Math.max(500, recheckMs));
