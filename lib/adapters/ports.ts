import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RDSClient } from '@aws-sdk/client-rds';
import type { Ports, TargetGroup } from '../ports.ts';
import type { Config } from '../settings/config.ts';
import { createDnsResolver } from './dns-resolver.ts';
import { createEc2Interfaces } from './ec2-interfaces.ts';
import { createElbv2TargetGroup } from './elbv2-target-group.ts';
import { createRdsTopology } from './rds-topology.ts';
import { systemClock } from './system-clock.ts';

/** Made when first asked for: a hostname needs no RDS client. */
export type PortClients = { elbv2(): ElasticLoadBalancingV2Client; rds(): RDSClient };

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
  const { database, policy } = config;
  const elbv2 = clients.elbv2();
  return {
    ...createGroupPorts({ elbv2: () => elbv2 }, config),
    ...(database.kind === 'hostname' ? {} : { topology: createRdsTopology(clients.rds(), database) }),
    ...(policy.verifyInterfaces || policy.warmStandby ? { interfaces: createEc2Interfaces(elbv2) } : {}),
  };
}
