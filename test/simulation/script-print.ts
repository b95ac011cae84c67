import type { ProbeWorld, Script, Step } from './script.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const names = (numbers: readonly number[]): string =>
  numbers.length > 0 ? numbers.map((one) => `orders-${one}`).join(', ') : 'no others';

/** A story for people; what makes no difference is not said. */
export function textOf(script: Script): string {
  const { database, removeStale, members, faultPercent, faultsUntil, killPercent, isApiDown, probe } = script;
  const lines = [
    `a ${database}'s group, stale targets removed ${removeStale}, members at first ${names(members)}, writer orders-1`,
    `checks from ${seconds(script.scheduleAt)} on; calls take ${script.slowness} × as long as usual; health ${seconds(script.healthMs)}, drain ${seconds(script.drainMs)}`,
    ...(script.isWarm ? ['its standby stays in the group, where it has one'] : []),
    ...(isApiDown ? ['the RDS API is down'] : []),
    ...(faultPercent > 0 && faultsUntil > 0 ? [`until ${seconds(faultsUntil)} ${faultPercent} of 100 calls fail`] : []),
    ...(script.busyUntil ? [`until ${seconds(script.busyUntil)} others use up most of what the account may call`] : []),
    ...(killPercent > 0 ? [`${killPercent} of 100 invocations are killed`] : []),
    ...(probe ? [`the members are asked: ${probe.how}; ${probeText(probe)}`] : []),
    ...[...script.steps]
      .sort((one, other) => one.at - other.at)
      .map((step) => `${seconds(step.at).padStart(8)}  ${said(step)}`),
  ];
  return lines.join('\n');
}

const probeText = ({ member, gapMs, from, forMs }: ProbeWorld): string =>
  `orders-${member} from ${seconds(from)} for ${seconds(forMs)}; a writer is silent for ${seconds(gapMs)} before another takes its place`;

function said(step: Step): string {
  switch (step.does) {
    case 'truth': {
      const flap = step.flapMs > 0 ? ` and alternates each ${seconds(step.everyMs)} for ${seconds(step.flapMs)}` : '';
      const down = step.down.length > 0 ? `, down ${names(step.down)}` : '';
      return `the writer is orders-${step.writer}:${step.port}, members ${names(step.members)}${down}; DNS follows after ${seconds(step.dnsMs)}${flap}, the API after ${seconds(step.apiMs)}`;
    }
    case 'event': {
      const delivered =
        step.delivery === 'lost'
          ? 'lost'
          : `delivered ${step.delivery === 'again' ? 'again ' : ''}after ${seconds(step.afterMs)}`;
      return `an invocation "${step.payload}" (writer orders-${step.writer}) is sent, ${delivered}`;
    }
    case 'fault':
      return `${step.call}: ${step.how}, for ${seconds(step.forMs)}`;
    case 'poison':
      return `${step.isOfAll ? 'every name' : 'the followed name'} leads to ${step.ip}, which is not the database, for ${seconds(step.forMs)}`;
    case 'host':
      return `the host of the standby is ${step.how}, for ${seconds(step.forMs)} where it is not for good`;
    case 'kill':
      return `invocation ${step.run + 1} is killed at what it waits for as number ${step.wait}`;
    case 'register':
    case 'deregister':
      return `a foreign hand ${step.does}s ${step.key}`;
  }
}
