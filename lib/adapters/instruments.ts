import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { RDSClient } from '@aws-sdk/client-rds';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { Instruments } from '../doctor/surroundings.ts';
import type { Config } from '../settings/config.ts';
import { createAlarmsAndMetrics } from './cloudwatch.ts';
import { createEc2Network } from './ec2-network.ts';
import { createElbv2Settings } from './elbv2-settings.ts';
import { createEventBridgeRules } from './eventbridge-rules.ts';
import { createLambdaPlace } from './lambda-place.ts';
import { createRdsNetwork } from './rds-network.ts';

export { createLambdaPlace };

export type InstrumentClients = {
  readonly elbv2: ElasticLoadBalancingV2Client;
  readonly rds: RDSClient;
  readonly ec2: EC2Client;
  readonly rules: EventBridgeClient;
  readonly schedules: SchedulerClient;
  readonly lambda: LambdaClient;
  readonly metrics: CloudWatchClient;
};

/** What the extended checks read through AWS's APIs; the functions and the command read the same. */
export const createInstruments = (
  { elbv2, rds, ec2, rules, schedules, lambda, metrics }: InstrumentClients,
  { database, targetGroupArn }: Pick<Config, 'database' | 'targetGroupArn'>,
  signal: AbortSignal | undefined,
): Omit<Instruments, 'speak' | 'apiHosts'> => ({
  ...createElbv2Settings(elbv2, targetGroupArn, signal),
  ...createEc2Network(ec2, signal),
  ...createEventBridgeRules({ rules, schedules }, signal),
  ...createLambdaPlace(lambda, signal),
  ...createAlarmsAndMetrics(metrics, Date.now, signal),
  ...(database.kind === 'hostname' ? {} : createRdsNetwork(rds, database, signal)),
});
