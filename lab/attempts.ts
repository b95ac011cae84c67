import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeClient } from '../cli/drill/ports.ts';
import type { Probe } from '../cli/drill/record.ts';
import { probeAll } from '../cli/drill/watch.ts';
import type { ClientAttempt, ClientRequest } from './contract.ts';

/* What the client function and its counterpart in the sandbox have in common. */

export type Target = ClientRequest['targets'][number];

export type TargetClient = Pick<ProbeClient, 'holdMs'> & {
  /** Rejects with an error that has a `code`. `told` gets the address of the server that answered, a reader's too. */
  attempt(told: (server: string) => void): Promise<void>;
};

const clock = {
  now: () => Date.now(),
  sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => {}),
};

/** Tries every target each `everyMs`, until it is over. */
export async function tryTargets(
  targets: readonly Target[],
  clientOf: (target: Target) => TargetClient,
  everyMs: number,
  over: AbortSignal,
): Promise<ClientAttempt[]> {
  const attempts: ClientAttempt[] = [];
  const trying = targets.map((target) => {
    const { holdMs, attempt } = clientOf(target);
    const answered = new Map<number, string>();
    const client = { holdMs, attempt: (number: number) => attempt((server) => answered.set(number, server)) };
    const emit = ({ number, at, ms, ...how }: Probe) => {
      const server = answered.get(number);
      attempts.push({ at, target: target.name, ms, ...outcomeOf(how), ...(server === undefined ? {} : { server }) });
    };
    return probeAll({ client: client as ProbeClient, clock }, everyMs, emit, over);
  });
  await Promise.all(trying);
  return attempts.sort((one, other) => one.at - other.at);
}

/** `timeout expired` and `Query read timeout` are pg's words. */
const timeouts: readonly string[] = ['ETIMEDOUT', 'timeout expired', 'Query read timeout'];

function outcomeOf({ result, code = '' }: Pick<Probe, 'result' | 'code'>): Pick<ClientAttempt, 'outcome' | 'detail'> {
  if (result === 'ok') return { outcome: 'ok' };
  if (result === 'read-only') return { outcome: 'error', detail: 'read-only' };
  if (code === 'ECONNREFUSED') return { outcome: 'refused' };
  return timeouts.includes(code) ? { outcome: 'timeout' } : { outcome: 'error', detail: code.slice(0, 80) };
}
