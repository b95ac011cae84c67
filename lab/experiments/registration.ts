import { type Attempts, type Lab, until, withClient } from '../lab.ts';
import type { Experiment, Measured } from './experiment.ts';
import { deregister, firstAfter, forward, laneOf, lastSince, register, serversOf, targetsOf } from './scratch.ts';

/** This long without a connection, a deregistered target gets none any more. AWS ms. */
const quietMs = 60_000;
const everyMs = 500;

const served = ({ outcome }: { readonly outcome: string }) => outcome === 'ok';

export const registration: Experiment = {
  name: 'registration',
  title: 'Registration and deregistration',
  question:
    'How long does it take until a registered target gets connections, and how long does a deregistered one still get some?',
  method:
    'RegisterTargets on an empty group; the time until DescribeTargetHealth says healthy, and until the first connection; DeregisterTargets, and the time of the last connection.',
  decides:
    'what an operator may promise for a cold failover, and whether a warm standby or weights are worth their price',
  on: 'scratch',
  runs: 30,
  lanes: ({ outputs }) => outputs.scratch.length,
  figures: {
    healthy: 'RegisterTargets → healthy',
    connected: 'RegisterTargets → first connection',
    tail: 'DeregisterTargets → last connection',
  },
  async run(lab, _run, lane, signal) {
    const { host, port } = laneOf(lab, lane);
    const targets = [{ name: 'scratch', host, port, kind: 'tcp' as const }];
    return withClient(lab, 'scratch', { targets, everyMs }, signal, (attempts, until) =>
      once(lab, lane, attempts, until),
    );
  },
};

async function once(lab: Lab, lane: number, attempts: Attempts, signal: AbortSignal): Promise<Measured> {
  const scratch = laneOf(lab, lane);
  const [group] = scratch.targetGroupArns;
  const [server] = await serversOf(lab);
  const isQuietSince = (time: number) =>
    attempts.knownUntil - lastSince(attempts, time, served) >= quietMs / lab.speed || undefined;
  if (await empty(lab, scratch.targetGroupArns)) {
    await forward(lab, scratch, [1, 0]);
    const emptiedAt = Date.now();
    await until(lab, 'the end of earlier connections', () => isQuietSince(emptiedAt), signal);
  }
  const calledAt = Date.now();
  await register(lab, group, server);
  const healthyAt = await until(
    lab,
    'a healthy target',
    async () => {
      const [target] = await targetsOf(lab, group);
      return target?.state === 'healthy' ? Date.now() : undefined;
    },
    signal,
  );
  const connectedAt = await until(lab, 'the first connection', () => firstAfter(attempts, calledAt, served), signal);
  const removedAt = Date.now();
  await deregister(lab, group, [server]);
  await until(lab, 'the last connection', () => isQuietSince(removedAt), signal);
  const lastAt = lastSince(attempts, removedAt, served);
  const ms = (from: number, to: number) => (to - from) * lab.speed;
  return {
    ms: { healthy: ms(calledAt, healthyAt), connected: ms(calledAt, connectedAt), tail: ms(removedAt, lastAt) },
  };
}

/** Whether there was anything in the groups: an earlier run was killed. */
async function empty(lab: Lab, groups: readonly string[]): Promise<boolean> {
  let found = false;
  for (const group of groups) {
    const targets = (await targetsOf(lab, group))
      .filter(({ state }) => state !== 'draining')
      .map(({ target }) => target);
    if (targets.length === 0) continue;
    found = true;
    await deregister(lab, group, targets);
  }
  return found;
}
