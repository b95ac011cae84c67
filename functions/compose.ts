import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { RDSClient } from '@aws-sdk/client-rds';
import { boundedClient } from '../lib/adapters/aws-client.ts';
import { createPorts } from '../lib/adapters/ports.ts';
import { createTelemetry } from '../lib/adapters/telemetry.ts';
import type { Diagnose } from '../lib/doctor/surroundings.ts';
import type { Check } from '../lib/domain.ts';
import type { Ports } from '../lib/ports.ts';
import { type Config, checkPause, configFromEnv, type Environment } from '../lib/settings/config.ts';
import type { Notify, Parts } from './invoke.ts';

/**
 * The composition root of both functions: configuration, clients and adapters, made once per execution environment.
 * @throws ReconcileError InvalidConfiguration, which fails the function at init
 */
export function compose(env: Environment): Parts {
  const config = configFromEnv(env);
  const { database, metricsNamespace, logLevel } = config;
  const clients = {
    elbv2: () => new ElasticLoadBalancingV2Client(boundedClient()),
    rds: () => new RDSClient(boundedClient()),
    rdsOnce: () => new RDSClient(boundedClient({ maxAttempts: 1 })),
  };
  const ports = createPorts(clients, config);
  checkPause(config, ports.clock.now());
  return {
    config,
    ports,
    telemetry: createTelemetry({ database: database.name, namespace: metricsNamespace, logLevel }),
    diagnose: diagnoseLater(config),
    ...(config.failoverTopicArn ? { notify: notifyLater(clients.elbv2, env, config.failoverTopicArn, ports) } : {}),
  };
}

/** Loads what tells a topic when there is something to tell. */
function notifyLater(
  client: () => ElasticLoadBalancingV2Client,
  env: Environment,
  topicArn: string,
  { clock }: Pick<Ports, 'clock'>,
): Notify {
  return async (failover, signal) => {
    const { tell } = await import('../lib/adapters/notifier.ts');
    const pause = (ms: number) => clock.sleep(ms * (0.5 + clock.random()), signal);
    return tell(client(), env, topicArn, failover, pause, signal);
  };
}

/** Loads the extended checks when `doctor` is asked for; their file may be missing where only index.mjs was taken along. */
function diagnoseLater(config: Config): Diagnose {
  return async (...asked) => {
    try {
      const { createDiagnose } = await import('./doctor.ts');
      return await createDiagnose(config)(...asked);
    } catch (error) {
      const incomplete: Check = {
        check: 'doctor-complete',
        result: 'not-checked',
        detail: `the extended checks could not run: ${error instanceof Error ? error.message : error}`,
        remedy: 'Deploy the whole directory of the bundle: doctor.mjs belongs beside index.mjs.',
      };
      return [...asked[1], incomplete];
    }
  };
}
