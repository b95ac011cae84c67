import { DescribeListenersCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LabScratch } from '../contract.ts';
import { type Attempts, type Lab, until } from '../lab.ts';
import type { Experiment, Measured } from './experiment.ts';
import { firstAfter, forward, groupsOf, lastSince, liveIn, onScratch, serversOf, untilHealthy } from './scratch.ts';

/** This long without an answer of the old server, all new connections follow the weights. AWS ms. */
const quietMs = 45_000;

export const weights: Experiment = {
  name: 'weights',
  title: 'A switch of weights',
  question: 'How long does it take until new connections follow the weights of a listener?',
  method:
    'Two groups behind one listener, each with a healthy server; ModifyListener gives all the weight to the other one; which server answers each new connection.',
  decides: 'whether a switch of weights is a faster way to a new writer than a registration',
  figures: {
    first: 'ModifyListener → first connection to the new server',
    last: 'ModifyListener → last connection to the old one',
  },
  ...onScratch('postgres', once),
};

async function once(lab: Lab, scratch: LabScratch, attempts: Attempts, signal: AbortSignal): Promise<Measured> {
  const servers = await serversOf(lab);
  const groups = groupsOf(lab, scratch);
  for (const index of [0, 1] as const)
    if ((await liveIn(groups[index])).length === 0) await groups[index].register([servers[index]]);
  for (const group of groups) await untilHealthy(lab, group, signal);
  const from = (await isSecond(lab, scratch.listenerArn)) ? 1 : 0;
  const [old, next] = from === 0 ? servers : [servers[1], servers[0]];
  const by = (ip: string) => (one: { readonly server?: string }) => one.server === ip;
  const isAlone = (one: string, other: string, since: number) =>
    (attempts.knownUntil - lastSince(attempts, since, by(other)) >= quietMs / lab.speed &&
      attempts.all.findLast(({ server }) => server !== undefined)?.server === one) ||
    undefined;
  const begunAt = attempts.knownUntil;
  await until(lab, 'that the old server alone answers', () => isAlone(old.ip, next.ip, begunAt), signal);
  const calledAt = Date.now();
  await forward(lab, scratch, from === 0 ? [0, 1] : [1, 0]);
  const first = () => firstAfter(attempts, calledAt, by(next.ip));
  const firstAt = await until(lab, 'the first connection to the new server', first, signal);
  await until(lab, 'that the new server alone answers', () => isAlone(next.ip, old.ip, calledAt), signal);
  const ms = (to: number) => (to - calledAt) * lab.speed;
  return { ms: { first: ms(firstAt), last: ms(lastSince(attempts, calledAt, by(old.ip))) } };
}

/** Whether the second group has the weight. */
async function isSecond(lab: Lab, listenerArn: string): Promise<boolean> {
  const { Listeners = [] } = await lab
    .clients('scratch')
    .elbv2()
    .send(new DescribeListenersCommand({ ListenerArns: [listenerArn] }));
  const groups = Listeners[0]?.DefaultActions?.[0]?.ForwardConfig?.TargetGroups ?? [];
  return (groups[1]?.Weight ?? 0) > 0;
}
