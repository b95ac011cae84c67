import { connect } from 'node:net';
import {
  DeregisterTargetsCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, onTestFinished, test } from 'vitest';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { eventually, start } from './rig.ts';

const speed = 80;

/** Whether a new connection through the load balancer is answered. */
function isServed({ loadBalancer: { host, port } }: Sandbox): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => socket.write('?'));
    const end = (answer: boolean) => {
      resolve(answer);
      socket.destroy();
    };
    socket.once('data', () => end(true)).once('error', () => end(false));
    socket.once('end', () => end(false));
  });
}

const untilServed = (sandbox: Sandbox) => eventually(async () => expect(await isServed(sandbox)).toBe(true));

/** How often the journal has it. */
const count = ({ journal }: Sandbox, wanted: string) => journal.all().filter(({ what }) => what === wanted).length;

/** AWS seconds from the latest registration until the load balancer took it up. */
function secondsToRoute({ journal }: Sandbox): number {
  const latest = (wanted: string) => journal.all().findLast(({ what }) => what === wanted)?.at ?? Number.NaN;
  return ((latest('route-opened') - latest('target-initial')) * speed) / 1000;
}

test('without a choice the load balancer serves nothing for 90 to 180 s after the registration of a new writer', async () => {
  const sandbox = await start({ loadBalancer: undefined, speed, isScheduled: false });
  expect(await isServed(sandbox)).toBe(true);
  await sandbox.database.failover({ cause: 'crash' });
  await eventually(() => expect(count(sandbox, 'target-initial')).toBe(2));
  expect(await isServed(sandbox)).toBe(false);
  await untilServed(sandbox);
  expect(secondsToRoute(sandbox)).toBeGreaterThanOrEqual(90);
});

test('a game day makes the load balancer slower: a registration then takes 180 to 300 s', async () => {
  const sandbox = await start({ speed, isScheduled: false });
  const client = new ElasticLoadBalancingV2Client({
    region: 'eu-central-1',
    endpoint: sandbox.api.url,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  });
  onTestFinished(() => client.destroy());
  const target = { TargetGroupArn: sandbox.targetGroup.arn, Targets: [{ Id: sandbox.database.writer().ip }] };
  await client.send(new DeregisterTargetsCommand(target));
  await eventually(async () => expect(await isServed(sandbox)).toBe(false));
  const said = await fetch(`${sandbox.api.url}/sandbox/load-balancer/slow`, { method: 'POST' });
  expect(said.status).toBe(200);
  await client.send(new RegisterTargetsCommand(target));
  await untilServed(sandbox);
  expect(secondsToRoute(sandbox)).toBeGreaterThanOrEqual(180);
});
