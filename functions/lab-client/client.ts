import { setTimeout as sleep } from 'node:timers/promises';
import { createTcpClient } from '../../cli/drill/clients/tcp.ts';
import type { ProbeClient } from '../../cli/drill/ports.ts';
import type { Probe } from '../../cli/drill/record.ts';
import { probeAll } from '../../cli/drill/watch.ts';
import type { ClientAttempt, ClientReply, ClientRequest } from '../../lab/contract.ts';
import { createWriter, type Servers } from './postgres.ts';
import { requestIn } from './request.ts';

/** As the drill does on AWS (cli/drill/aws.ts). */
const limits = { timeoutMs: 1000, holdMs: 50 };

const clock = {
  now: () => Date.now(),
  sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => {}),
};

/**
 * The lab's client: tries every target again and again with the clients of the drill, and returns each attempt.
 * @throws Error for a request that it does not understand, with all problems; and when the login cannot be read
 */
export function createLabClient(servers: Servers): (event: unknown) => Promise<ClientReply> {
  return async (event) => {
    const { targets, seconds, everyMs } = requestIn(event);
    const over = AbortSignal.timeout(Math.round(seconds * 1000));
    if (targets.some(({ kind }) => kind === 'postgres')) await servers.login();
    const attempts = await Promise.all(targets.map((target) => attemptsOn(target, servers, everyMs, over)));
    return { attempts: attempts.flat().sort((one, other) => one.at - other.at) };
  };
}

async function attemptsOn(
  { name: target, kind, host, port }: ClientRequest['targets'][number],
  servers: Servers,
  everyMs: number,
  over: AbortSignal,
): Promise<ClientAttempt[]> {
  const answered = new Map<number, string>();
  const writer = createWriter(servers, { host, port }, limits.timeoutMs);
  const writing: Pick<ProbeClient, 'attempt' | 'holdMs'> = {
    attempt: (number) => writer((server) => answered.set(number, server)),
  };
  const client = kind === 'tcp' ? createTcpClient({ host, port }, limits) : writing;
  const attempts: ClientAttempt[] = [];
  const emit = ({ number, at, ms, ...how }: Probe) => {
    const server = answered.get(number);
    attempts.push({ at, target, ms, ...outcomeOf(how), ...(server === undefined ? {} : { server }) });
  };
  await probeAll({ client: client as ProbeClient, clock }, everyMs, emit, over);
  return attempts;
}

/** `timeout expired` and `Query read timeout` are pg's words. */
const timeouts: readonly string[] = ['ETIMEDOUT', 'timeout expired', 'Query read timeout'];

function outcomeOf({ result, code = '' }: Pick<Probe, 'result' | 'code'>): Pick<ClientAttempt, 'outcome' | 'detail'> {
  if (result === 'ok') return { outcome: 'ok' };
  if (result === 'read-only') return { outcome: 'error', detail: 'read-only' };
  if (code === 'ECONNREFUSED') return { outcome: 'refused' };
  return timeouts.includes(code) ? { outcome: 'timeout' } : { outcome: 'error', detail: code.slice(0, 80) };
}
