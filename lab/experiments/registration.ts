import type { LabScratch } from '../contract.ts';
import { type Attempts, type Lab, until } from '../lab.ts';
import type { Experiment, Measured } from './experiment.ts';
import { firstAfter, forward, groupsOf, lastSince, liveIn, onScratch, serversOf, untilHealthy } from './scratch.ts';

/** This long without a connection, a deregistered target gets none any more. AWS ms. */
const quietMs = 60_000;

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
  figures: {
    healthy: 'RegisterTargets → healthy',
    connected: 'RegisterTargets → first connection',
    tail: 'DeregisterTargets → last connection',
  },
  ...onScratch('tcp', once),
};

async function once(lab: Lab, scratch: LabScratch, attempts: Attempts, signal: AbortSignal): Promise<Measured> {
  const groups = groupsOf(lab, scratch);
  const [group] = groups;
  const [server] = await serversOf(lab);
  const untilQuiet = (since: number) => {
    const isQuiet = () => attempts.knownUntil - lastSince(attempts, since, served) >= quietMs / lab.speed || undefined;
    return until(lab, 'the last connection', isQuiet, signal);
  };
  // An earlier run was killed.
  const rest = await Promise.all(groups.map(liveIn));
  if (rest.some(({ length }) => length > 0)) {
    await Promise.all(groups.map((one, index) => one.deregister(rest[index] ?? [])));
    await forward(lab, scratch, [1, 0]);
    await untilQuiet(Date.now());
  }
  const calledAt = Date.now();
  await group.register([server]);
  const healthyAt = await untilHealthy(lab, group, signal);
  const connectedAt = await until(lab, 'the first connection', () => firstAfter(attempts, calledAt, served), signal);
  const removedAt = Date.now();
  await group.deregister([server]);
  await untilQuiet(removedAt);
  const lastAt = lastSince(attempts, removedAt, served);
  const ms = (from: number, to: number) => (to - from) * lab.speed;
  return {
    ms: { healthy: ms(calledAt, healthyAt), connected: ms(calledAt, connectedAt), tail: ms(removedAt, lastAt) },
  };
}
