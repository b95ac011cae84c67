import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { createApiRoutes } from '../lib/adapters/api-routes.ts';
import { boundedClient } from '../lib/adapters/aws-client.ts';
import { createAlarmsAndMetrics } from '../lib/adapters/cloudwatch.ts';
import { createEc2Network } from '../lib/adapters/ec2-network.ts';
import { createElbv2Settings } from '../lib/adapters/elbv2-settings.ts';
import { createEventBridgeRules } from '../lib/adapters/eventbridge-rules.ts';
import { createLambdaPlace } from '../lib/adapters/lambda-place.ts';
import { probe } from '../lib/adapters/probe.ts';
import { createRdsNetwork } from '../lib/adapters/rds-network.ts';
import { diagnose as diagnoseWith } from '../lib/doctor/diagnose.ts';
import type { Diagnose } from '../lib/doctor/surroundings.ts';
import type { Target } from '../lib/domain.ts';
import type { Protocol } from '../lib/protocols.ts';
import type { Config } from '../lib/settings/config.ts';

/** Tried once, and with patience: nothing waits for the doctor, and what does not answer is one more finding. */
const patient = () => boundedClient({ maxAttempts: 1, connectMs: 2000, replyMs: 5000 });

/** For the connection, and again for the first words of the database. */
const answerMs = 3000;

/** The extended checks of `doctor`, in a bundle of their own: no other call pays for these clients (docs/decisions/0015-doctor.md). */
export const createDiagnose =
  (config: Config): Diagnose =>
  (state, basic, { functionArn, signal }) => {
    const { database, targetGroupArn } = config;
    const routes = createApiRoutes();
    const elbv2 = routes.follow(new ElasticLoadBalancingV2Client(patient()));
    const rds = routes.follow(new RDSClient(patient()));
    const instruments = {
      ...createElbv2Settings(elbv2, targetGroupArn, signal),
      ...createEc2Network(new EC2Client(patient()), signal),
      ...createEventBridgeRules(
        { rules: new EventBridgeClient(patient()), schedules: new SchedulerClient(patient()) },
        signal,
      ),
      ...createLambdaPlace(new LambdaClient(patient()), signal),
      ...createAlarmsAndMetrics(new CloudWatchClient(patient()), Date.now, signal),
      ...(database.kind === 'hostname' ? {} : createRdsNetwork(rds, database, signal)),
      speak: ({ ip, port }: Target, protocol: Protocol) => probe({ address: ip, port, protocol }, answerMs),
      apiHosts: routes.hosts,
    };
    return diagnoseWith(instruments, { config, state, basic, functionArn });
  };
