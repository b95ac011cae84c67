import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { createApiRoutes } from '../lib/adapters/api-routes.ts';
import { boundedClient } from '../lib/adapters/aws-client.ts';
import { createAlarmsAndMetrics } from '../lib/adapters/cloudwatch.ts';
import { createEc2Network } from '../lib/adapters/ec2-network.ts';
import { createElbv2Settings } from '../lib/adapters/elbv2-settings.ts';
import { createEventBridgeRules } from '../lib/adapters/eventbridge-rules.ts';
import { createLambdaPlace } from '../lib/adapters/lambda-place.ts';
import { createRdsNetwork } from '../lib/adapters/rds-network.ts';
import { connect } from '../lib/adapters/tcp.ts';
import type { Config } from '../lib/config.ts';
import { diagnose as diagnoseWith } from '../lib/doctor/diagnose.ts';
import type { Diagnose } from '../lib/doctor/surroundings.ts';

/** Not tried twice: a doctor that waits for what does not answer is late for what does. */
const impatient = () => ({ ...boundedClient(), maxAttempts: 1 });

/** The wide checks of `doctor`, in a bundle of their own: no other call pays for these clients (docs/decisions/0015-doctor.md). */
export const createDiagnose =
  (config: Config): Diagnose =>
  (state, basic, { functionArn, signal }) => {
    const { database, targetGroupArn } = config;
    const routes = createApiRoutes();
    const elbv2 = routes.follow(new ElasticLoadBalancingV2Client(impatient()));
    const rds = routes.follow(new RDSClient(impatient()));
    const instruments = {
      ...createElbv2Settings(elbv2, targetGroupArn, signal),
      ...createEc2Network(new EC2Client(impatient()), signal),
      ...createEventBridgeRules(new EventBridgeClient(impatient()), signal),
      ...createLambdaPlace(new LambdaClient(impatient()), signal),
      ...createAlarmsAndMetrics(new CloudWatchClient(impatient()), Date.now, signal),
      ...(database.kind === 'hostname' ? {} : createRdsNetwork(rds, database, signal)),
      connect,
      apiHosts: routes.hosts,
    };
    return diagnoseWith(instruments, { config, state, basic, functionArn });
  };
