import type { Member, ProbeAnswer, Prober } from '../../ports.ts';
import { protocolOf } from '../../protocols.ts';
import { type Failure, failureOf } from './faults.ts';
import { createLogin, type LoginOptions } from './login.ts';
import { createQuestion } from './question.ts';
import { readRoots } from './roots.ts';
import type { Session, Stage } from './session.ts';

export type SessionsOptions = Pick<LoginOptions, 'probe' | 'client'> &
  Partial<LoginOptions> & {
    /** RDS's word for the engine; undefined while the API has not said it. */
    readonly engine: () => string | undefined;
    /** For a connection with its login, and again for the answer. Ms. */
    readonly timeoutMs: number;
  };

/** MySQL and MariaDB count broken handshakes, and lock out an address that made too many. */
const mostTlsFailures = 3;

/** They count a login that was cut, too, so a server that accepts and hangs is then asked less often. Ms. */
const cutLogins = { most: 3, restMs: 10_000 };

/** A refused login is tried again, but not four times a second: each is a line in the database's log. Ms. */
const refusedMs = 1000;

/** What a run knows of one member. */
type Kept = {
  session?: Session | undefined;
  /** Under way: a second question meanwhile gets the same answer. */
  asked?: Promise<ProbeAnswer> | undefined;
  tlsFailures: number;
  /** Since the last login that came to an end. */
  cutLogins: number;
  /** The answer for a while, without asking. */
  rest?: { readonly until: number; readonly answer: ProbeAnswer };
};

/** One session for each member, kept until `close`. */
export function createSessions(options: SessionsOptions): Prober {
  const members = new Map<string, Kept>();
  const ask = createAsk(options);
  let run = new AbortController();
  return {
    ask(member, signal) {
      const key = `${member.host} ${member.ip} ${member.port}`;
      const kept = members.get(key) ?? { tlsFailures: 0, cutLogins: 0 };
      members.set(key, kept);
      const over = signal ? AbortSignal.any([signal, run.signal]) : run.signal;
      kept.asked ??= ask(kept, member, over).finally(() => {
        kept.asked = undefined;
      });
      return kept.asked;
    },
    close() {
      run.abort();
      run = new AbortController();
      for (const { session } of members.values()) session?.end();
      members.clear();
    },
  };
}

function createAsk({ env = process.env, roots = readRoots, ...options }: SessionsOptions) {
  const { probe, timeoutMs, engine } = options;
  const login = createLogin({ ...options, env, roots });
  const question = createQuestion({ ...options, login, roots });
  return async (kept: Kept, member: Member, signal: AbortSignal): Promise<ProbeAnswer> => {
    if (kept.rest && performance.now() < kept.rest.until) return kept.rest.answer;
    let stage: Stage = 'preparation';
    const reached = (now: Stage) => {
      stage = now;
    };
    try {
      const answer = await question(kept, { member, signal, reached });
      kept.cutLogins = 0;
      return answer;
    } catch (error) {
      kept.session?.end();
      kept.session = undefined;
      const failure = failureOf(error, { member, probe, stage, timeoutMs });
      if (failure.is === 'login') login.refused();
      const isCounted = protocolOf(engine(), member.port) === 'mysql';
      return failure.isCut && isCounted ? spaced(kept, failure.answer.why) : noted(kept, failure);
    }
  };
}

function noted(kept: Kept, { is, answer }: Failure): ProbeAnswer {
  if (is === 'login') kept.rest = { until: performance.now() + refusedMs, answer };
  if (is !== 'tls') return answer;
  kept.tlsFailures += 1;
  if (kept.tlsFailures < mostTlsFailures) return answer;
  const why = `${answer.why} After ${mostTlsFailures} such failures this run leaves the member alone.`;
  kept.rest = { until: Number.POSITIVE_INFINITY, answer: { kind: 'unknown', why } };
  return kept.rest.answer;
}

function spaced(kept: Kept, why: string): ProbeAnswer {
  kept.cutLogins += 1;
  const answer = { kind: 'unknown', why } as const;
  if (kept.cutLogins < cutLogins.most) return answer;
  const next = `${why}. After ${cutLogins.most} such logins it is asked every ${cutLogins.restMs / 1000} s, since it counts them (max_connect_errors).`;
  kept.rest = { until: performance.now() + cutLogins.restMs, answer: { ...answer, why: next } };
  return kept.rest.answer;
}
