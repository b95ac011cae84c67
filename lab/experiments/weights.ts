import { DescribeListenersCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Attempts, type Lab, until, withClient } from '../lab.ts';
import type { Experiment, Measured } from './experiment.ts';
import { firstAfter, forward, laneOf, lastSince, register, serversOf, targetsOf } from './scratch.ts';

/** This long without an answer of the old server, all new connections follow the weights. AWS ms. */
const quietMs = 45_000;
const everyMs = 500;

export const weights: Experiment = {
  name: 'weights',
  title: 'A switch of weights',
  question: 'How long does it take until new connections follow the weights of a listener?',
  method:
    'Two groups behind one listener, each with a healthy server; ModifyListener gives all the weight to the other one; which server answers each new connection.',
  decides: 'whether a switch of weights is a faster way to a new writer than a registration',
  on: 'scratch',
  runs: 30,
  lanes: ({ outputs }) => outputs.scratch.length,
  figures: {
    first: 'ModifyListener → first connection to the new server',
    last: 'ModifyListener → last connection to the old one',
  },
  async run(lab, _run, lane, signal) {
    const { host, port } = laneOf(lab, lane);
    const targets = [{ name: 'scratch', host, port, kind: 'postgres' as const }];
    return withClient(lab, 'scratch', { targets, everyMs }, signal, (attempts, until) =>
      once(lab, lane, attempts, until),
    );
  },
};

async function once(lab: Lab, lane: number, attempts: Attempts, signal: AbortSignal): Promise<Measured> {
  const scratch = laneOf(lab, lane);
  const servers = await serversOf(lab);
  await fill(lab, scratch.targetGroupArns, servers, signal);
  const from = (await isSecond(lab, scratch.listenerArn)) ? 1 : 0;
  const [old, next] = from === 0 ? servers : [servers[1], servers[0]];
  const by = (id: string | undefined) => (one: { readonly server?: string }) => one.server === id;
  const isAlone = (one: string | undefined, other: string | undefined, since: number) =>
    (attempts.knownUntil - lastSince(attempts, since, by(other)) >= quietMs / lab.speed &&
      attempts.all.findLast(({ server }) => server !== undefined)?.server === one) ||
    undefined;
  const begunAt = attempts.knownUntil;
  await until(lab, 'that the old server alone answers', () => isAlone(old.Id, next.Id, begunAt), signal);
  const calledAt = Date.now();
  await forward(lab, scratch, from === 0 ? [0, 1] : [1, 0]);
  await until(lab, 'that the new server alone answers', () => isAlone(next.Id, old.Id, calledAt), signal);
  const firstAt = firstAfter(attempts, calledAt, by(next.Id)) ?? Number.NaN;
  const ms = (to: number) => (to - calledAt) * lab.speed;
  return { ms: { first: ms(firstAt), last: ms(lastSince(attempts, calledAt, by(old.Id))) } };
}

/** Both groups have their server, and it is healthy. */
async function fill(
  lab: Lab,
  groups: readonly [string, string],
  servers: Awaited<ReturnType<typeof serversOf>>,
  signal: AbortSignal,
): Promise<void> {
  for (const index of [0, 1] as const) {
    const live = (await targetsOf(lab, groups[index])).filter(({ state }) => state !== 'draining');
    if (live.length === 0) await register(lab, groups[index], servers[index]);
  }
  for (const group of groups)
    await until(
      lab,
      'a healthy target in each group',
      async () => {
        const targets = await targetsOf(lab, group);
        return targets.some(({ state }) => state === 'healthy') || undefined;
      },
      signal,
    );
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
