import * as cloudwatchLogs from '@aws-sdk/client-cloudwatch-logs';
import * as ec2 from '@aws-sdk/client-ec2';
import * as elbv2 from '@aws-sdk/client-elastic-load-balancing-v2';
import * as eventbridge from '@aws-sdk/client-eventbridge';
import * as lambda from '@aws-sdk/client-lambda';
import * as rds from '@aws-sdk/client-rds';
import * as scheduler from '@aws-sdk/client-scheduler';
import { describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { createQuietSandbox, settingsFor } from '../../quiet-sandbox.ts';
import { shared } from '../../shared.ts';

/* One sandbox for a file, and AWS's own clients. What AWS refuses is refused, with AWS's code: a test that passes here by mistake would fail there. */

let present: Sandbox;
export const sandbox = (): Sandbox => present;

shared(
  async () => {
    present = await createQuietSandbox();
    present.surroundings.ec2.interfaces.set('10.0.1.200', {
      id: 'eni-1',
      type: 'interface',
      description: 'made by hand',
    });
  },
  () => present?.close(),
  60_000,
);

type Client = { readonly send: (command: never) => Promise<unknown>; readonly destroy: () => void };

/** Sends one command, in one attempt, in the Region. */
const to =
  (Client: new (config: object) => Client) =>
  (command: object, region = 'eu-central-1'): Promise<unknown> => {
    const client = new Client(settingsFor(present, region));
    return client.send(command as never).finally(() => client.destroy());
  };
export const toRds = to(rds.RDSClient);
export const toElb = to(elbv2.ElasticLoadBalancingV2Client);
export const toEc2 = to(ec2.EC2Client);
export const toLambda = to(lambda.LambdaClient);
export const toLogs = to(cloudwatchLogs.CloudWatchLogsClient);
export const toEvents = to(eventbridge.EventBridgeClient);
export const toScheduler = to(scheduler.SchedulerClient);

export const group = () => ({ TargetGroupArn: present.targetGroup.arn });
export const filter = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] });

type Refusal = readonly [what: string, send: () => Promise<unknown>, code: string];

export function describeRefusals(cases: readonly Refusal[]): void {
  describe('is refused with the code of AWS', () => {
    test.each(cases)('%s', async (_, send, name) => {
      await expect(send()).rejects.toMatchObject({ name });
    });
  });
}
