import type { SandboxClock } from '../../world/clock.ts';
import type { Journal } from '../../world/journal.ts';
import type { Zone } from '../../world/types.ts';
import { TTL_SECONDS } from './records.ts';
import { type AnswerKind, type Response, respond, type TtlOf } from './respond.ts';
import { listen } from './transports.ts';

type DnsQuery = {
  /** Wall clock, ms since the epoch. */
  readonly at: number;
  /** Lower case, without the final dot; empty when the message could not be read. */
  readonly name: string;
  readonly type: string;
  readonly answer: AnswerKind;
};

export type DnsServer = {
  /** `127.0.0.1:PORT`, UDP and TCP. */
  readonly address: string;
  /** The latest queries, oldest first (10,000 at most: a soak asks for hours). */
  queries(): readonly DnsQuery[];
  close(): Promise<void>;
};

/**
 * A resolver's cache, as far as a client sees it: the TTL counts down to nothing and begins anew, and a changed answer is a new one. The
 * zone is asked all the same; how late DNS is is the database's pace.
 */
function createTtls({ elapsed }: Pick<SandboxClock, 'elapsed'>): TtlOf {
  const cached = new Map<string, { readonly text: string; readonly since: number }>();
  return (name, type, answer) => {
    const key = `${name} ${type}`;
    const text = JSON.stringify(answer);
    const now = elapsed();
    const known = cached.get(key);
    const age = known?.text === text ? Math.floor((now - known.since) / 1000) : TTL_SECONDS;
    if (age < TTL_SECONDS) return TTL_SECONDS - age;
    if (cached.size >= NAMES_CACHED) cached.clear();
    cached.set(key, { text, since: now });
    return TTL_SECONDS;
  };
}

const QUERIES_KEPT = 10_000;
const NAMES_CACHED = 10_000;

/**
 * The name server of the sandbox. The zone is asked at every query, so it may change its mind at any time. The journal
 * gets `answer-changed` whenever a name's answer differs from the one before.
 */
export async function createDnsServer(options: {
  readonly zone: Zone;
  readonly journal: Journal;
  /** What a TTL counts down by; the wall's when absent. */
  readonly clock?: Pick<SandboxClock, 'elapsed'>;
  readonly port?: number;
}): Promise<DnsServer> {
  const { zone, journal, clock = { elapsed: () => performance.now() }, port = 0 } = options;
  const ttlOf = createTtls(clock);
  let queries: DnsQuery[] = [];
  const lastAnswers = new Map<string, string>();

  const note = ({ name, type, answer }: Response) => {
    if (queries.length >= 2 * QUERIES_KEPT) queries = queries.slice(-QUERIES_KEPT);
    queries.push({ at: Date.now(), name, type, answer });
  };
  const asked: Zone = (name, type) => {
    try {
      return zone(name, type);
    } catch (error) {
      journal.write('dns', 'zone-failed', { name, type, error: String(error) });
      return { kind: 'servfail' };
    }
  };
  const watched: Zone = (name, type) => {
    const answer = asked(name, type);
    const key = `${name} ${type}`;
    const text = JSON.stringify(answer);
    if (lastAnswers.get(key) !== text) journal.write('dns', 'answer-changed', { name, type, answer });
    lastAnswers.set(key, text);
    return answer;
  };

  const transports = await listen(port, (message, transport) => {
    const response = respond(message, transport, watched, ttlOf);
    note(response);
    return response.message;
  });
  let closed: Promise<void> | undefined;
  return {
    address: `127.0.0.1:${transports.port}`,
    queries: () => queries.slice(-QUERIES_KEPT),
    close() {
      closed ??= transports.close();
      return closed;
    },
  };
}
