import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { createApiRoutes } from '../lib/adapters/api-routes.ts';
import { boundedClient } from '../lib/adapters/aws-client.ts';
import { createInstruments } from '../lib/adapters/instruments.ts';
import { probe } from '../lib/adapters/probe.ts';
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
    const routes = createApiRoutes();
    const clients = {
      elbv2: routes.follow(new ElasticLoadBalancingV2Client(patient())),
      rds: routes.follow(new RDSClient(patient())),
      ec2: new EC2Client(patient()),
      rules: new EventBridgeClient(patient()),
      schedules: new SchedulerClient(patient()),
      lambda: new LambdaClient(patient()),
      metrics: new CloudWatchClient(patient()),
    };
    const instruments = {
      ...createInstruments(clients, config, signal),
      speak: ({ ip, port }: Target, protocol: Protocol) => probe({ address: ip, port, protocol }, answerMs),
      apiHosts: routes.hosts,
    };
    return diagnoseWith(instruments, { config, state, basic, functionArn });
  };
