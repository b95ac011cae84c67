import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { RDSClient } from '@aws-sdk/client-rds';
import { boundedClient } from '../lib/adapters/aws-client.ts';
import { createDnsResolver } from '../lib/adapters/dns-resolver.ts';
import { createElbv2TargetGroup } from '../lib/adapters/elbv2-target-group.ts';
import { createRdsTopology } from '../lib/adapters/rds-topology.ts';
import { systemClock } from '../lib/adapters/system-clock.ts';
import { createTelemetry } from '../lib/adapters/telemetry.ts';
import { configFromEnv, type Environment } from '../lib/config.ts';
import type { Parts } from './invoke.ts';

/**
 * The composition root of both functions: configuration, clients and adapters, made once per execution environment.
 * @throws ReconcileError InvalidConfiguration, which fails the function at init
 */
export function compose(env: Environment): Parts {
  const config = configFromEnv(env);
  const { database, targetGroupArn, dnsServers, metricsNamespace, logLevel } = config;
  const ports = {
    resolver: createDnsResolver({ servers: dnsServers }),
    targetGroup: createElbv2TargetGroup(new ElasticLoadBalancingV2Client(boundedClient()), targetGroupArn),
    clock: systemClock,
    ...(database.kind === 'hostname' ? {} : { topology: createRdsTopology(new RDSClient(boundedClient()), database) }),
  };
  return {
    config,
    ports,
    telemetry: createTelemetry({ database: database.name, namespace: metricsNamespace, logLevel }),
  };
}
