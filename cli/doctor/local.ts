import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { createInstruments } from '../../lib/adapters/instruments.ts';
import { diagnose } from '../../lib/doctor/diagnose.ts';
import type { Diagnose } from '../../lib/doctor/surroundings.ts';
import type { Check } from '../../lib/domain.ts';
import type { Config } from '../../lib/settings/config.ts';
import { clientSettings } from '../access/clients.ts';
import type { Context } from '../access/functions.ts';

/** Checks that only the function can make: this machine is elsewhere in the network. */
const ofThePlace: ReadonlySet<string> = new Set(['apis-reached-privately', 'writer-accepts-connections']);

function fromHere(check: Check): Check {
  if (!ofThePlace.has(check.check)) return check;
  const { remedy: _, failure: __, ...rest } = check;
  const detail = 'depends on where the function runs: doctor without --local checks it there';
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
  ({ clients }: Context, config: Config): Diagnose =>
  async (state, basic, { functionArn, signal }) => {
    const settings = { ...clientSettings(clients.access), maxAttempts: 1 };
    const own = {
      ec2: new EC2Client(settings),
      rules: new EventBridgeClient(settings),
      schedules: new SchedulerClient(settings),
      metrics: new CloudWatchClient(settings),
    };
    const shared = { elbv2: clients.elbv2(), rds: clients.rds(), lambda: clients.lambda() };
    const instruments = {
      ...createInstruments({ ...own, ...shared }, config, signal),
      speak: async () => ({ result: 'timeout' }) as const,
      apiHosts: async () => [],
    };
    try {
      return (await diagnose(instruments, { config, state, basic, functionArn })).map(fromHere);
    } finally {
      for (const client of Object.values(own)) client.destroy();
    }
  };
