import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { createAlarmsAndMetrics } from '../../lib/adapters/cloudwatch.ts';
import { createEc2Network } from '../../lib/adapters/ec2-network.ts';
import { createElbv2Settings } from '../../lib/adapters/elbv2-settings.ts';
import { createEventBridgeRules } from '../../lib/adapters/eventbridge-rules.ts';
import { createLambdaPlace } from '../../lib/adapters/lambda-place.ts';
import { createRdsNetwork } from '../../lib/adapters/rds-network.ts';
import { diagnose } from '../../lib/doctor/diagnose.ts';
import type { Diagnose } from '../../lib/doctor/surroundings.ts';
import type { Check } from '../../lib/domain.ts';
import type { Config } from '../../lib/settings/config.ts';
import { clientSettings } from '../access/clients.ts';
import type { Way } from '../access/invoke.ts';

/** What this machine can say nothing about: it stands elsewhere in the network. */
const ofThePlace: ReadonlySet<string> = new Set(['apis-reached-privately', 'writer-accepts-connections']);

function fromHere(check: Check): Check {
  if (!ofThePlace.has(check.check)) return check;
  const { remedy: _, failure: __, ...rest } = check;
  const detail = 'a matter of where the function runs: doctor without --local asks there';
  return { ...rest, result: 'not-checked', detail };
}

/** A function's ARN by its name: it is in the account and Region of its group. Without an alias or version: rules name the function itself. */
export function functionArnOf(name: string, targetGroupArn: string): string {
  const [, partition, , region, account] = targetGroupArn.split(':');
  const [plain = name] = name.replace(/^.*:function:/, '').split(':');
  return `arn:${partition}:lambda:${region}:${account}:function:${plain}`;
}

/** The extended checks with the operator's credentials. Loaded only for `doctor`: no other command pays for these clients. */
export const createLocalDiagnose =
  ({ clients }: Way, config: Config): Diagnose =>
  async (state, basic, { functionArn, signal }) => {
    const settings = { ...clientSettings(clients.access), maxAttempts: 1 };
    const [ec2, rules, schedules, metrics] = [
      new EC2Client(settings),
      new EventBridgeClient(settings),
      new SchedulerClient(settings),
      new CloudWatchClient(settings),
    ];
    const instruments = {
      ...createElbv2Settings(clients.elbv2(), config.targetGroupArn, signal),
      ...createEc2Network(ec2, signal),
      ...createEventBridgeRules({ rules, schedules }, signal),
      ...createLambdaPlace(clients.lambda(), signal),
      ...createAlarmsAndMetrics(metrics, Date.now, signal),
      ...(config.database.kind === 'hostname' ? {} : createRdsNetwork(clients.rds(), config.database, signal)),
      speak: async () => ({ result: 'timeout' }) as const,
      apiHosts: async () => [],
    };
    try {
      return (await diagnose(instruments, { config, state, basic, functionArn })).map(fromHere);
    } finally {
      for (const client of [ec2, rules, schedules, metrics]) client.destroy();
    }
  };
