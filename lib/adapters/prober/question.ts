import type { ProbeAnswer } from '../../ports.ts';
import { protocolOf } from '../../protocols.ts';
import type { Config } from '../../settings/config.ts';
import { within } from '../../within.ts';
import { systemClock } from '../system-clock.ts';
import { release, throughSocket } from './dial.ts';
import { timedOut, unable } from './faults.ts';
import { knock } from './knock.ts';
import { drivers, type Login } from './login.ts';
import type { Attempt, Session } from './session.ts';

/** Where the session with a member is kept. */
type Holder = { session?: Session | undefined };

type Options = {
  readonly probe: Config['probe'];
  readonly engine: () => string | undefined;
  readonly timeoutMs: number;
  readonly login: Login;
  readonly roots: () => Promise<string>;
};

/** Asks one member, through the session that is held, or a new one. Rejects with what went wrong. */
export function createQuestion({ probe, engine, timeoutMs, login, roots }: Options) {
  const limited = <T>(attempt: Attempt, work: (attempt: Attempt) => Promise<T>): Promise<T> =>
    within(systemClock, timeoutMs, (signal) => work({ ...attempt, signal }), tooLate, attempt.signal);

  const knockAt = (attempt: Attempt, hasCertificate: boolean): Promise<void> =>
    limited(attempt, async (one) => {
      const trusted = hasCertificate ? await roots() : undefined;
      await throughSocket(one, (socket) => knock(one.member, socket, trusted).finally(() => release(socket)));
    });

  return async (held: Holder, attempt: Attempt): Promise<ProbeAnswer> => {
    const name = engine();
    if (name === undefined) throw unable('the RDS API has not said yet which engine it is');
    const protocol = protocolOf(name, attempt.member.port);
    if (probe.login === 'connect') {
      await knockAt(attempt, protocol === 'postgres');
      return { kind: 'up' };
    }
    const driver = drivers[protocol];
    if (!driver)
      throw unable(`${name} does not tell a login whether it is the writer. Next: set PROBE to connect, or to off.`);
    if (!held.session?.isOpen()) held.session = await limited(attempt, (one) => login.open(one, driver));
    attempt.reached('answer');
    const { session } = held;
    return { kind: (await limited(attempt, () => session.isWriter())) ? 'writer' : 'reader' };
  };
}

const tooLate = (): never => {
  throw timedOut();
};
