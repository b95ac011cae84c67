import { targetKey } from '../domain.ts';
import { type Lookups, topologyOf } from '../observations/observations.ts';
import { apartMs, confirmedIn, type Heard, hear, nothingHeard, recent, wordMs } from '../observations/probe.ts';
import { isPartial, membersIn } from '../observations/probe-members.ts';
import type { RunRequest, RunState } from '../observations/run-state.ts';
import type { Member, Ports } from '../ports.ts';

/** Asks the members of a database beside the passes of a run, each for itself, so that one that hangs delays no other. */
export type Listener = {
  /** The state with what was heard until now. */
  withHeard(state: RunState): RunState;
  /** Asks the members that the state lists, if this run asks at all. */
  follow(state: RunState): void;
  /** Sleeps; true: it woke early, since a member says something else than before, or a writer was confirmed. */
  pause(ms: number): Promise<boolean>;
  /** Waits until each member has answered, but not for long. */
  answered(): Promise<void>;
  close(): void;
};

export function listen(ports: Ports, request: RunRequest, signal?: AbortSignal): Listener | undefined {
  const { prober, clock } = ports;
  if (!prober) return undefined;
  const { database, timings } = request;
  const stop = new AbortController();
  const { signal: stopped } = stop;
  signal?.addEventListener('abort', () => stop.abort());
  if (signal?.aborted) stop.abort();
  stopped.addEventListener('abort', () => wake?.());
  const pending = new Set<string>();
  let members: readonly Member[] = [];
  let isOn = isAsking(request);
  let heard = nothingHeard;
  let told = '';
  let wake: (() => void) | undefined;

  const isConfirmed = () => confirmedIn(heard, clock.now(), timings) !== undefined;
  const ask = async (member: Member): Promise<void> => {
    const key = targetKey(member);
    const at = clock.now();
    pending.add(key);
    const answer = await prober.ask(member, stopped);
    pending.delete(key);
    const isListed = members.some((one) => targetKey(one) === key);
    if (!isListed) return;
    heard = hear(heard, { member, answer, at, now: clock.now() }, database, timings);
    if (newsOf(heard) !== told) wake?.();
  };
  async function askAll(): Promise<void> {
    for (let turn = 0; !stopped.aborted; turn++) {
      // Once a writer is confirmed, it is asked each second.
      if (turn % 4 === 0 || !isConfirmed())
        for (const member of members) if (!pending.has(targetKey(member))) void ask(member);
      await clock.sleep(apartMs(timings), stopped);
    }
  }
  async function until(isDone: () => boolean, ms: number): Promise<boolean> {
    const cut = new AbortController();
    wake = () => {
      if (stopped.aborted || isDone()) cut.abort();
    };
    wake();
    await clock.sleep(ms, cut.signal);
    wake = undefined;
    return cut.signal.aborted && !stopped.aborted;
  }
  /** A name that DNS does not resolve just now leads where it did: its member may contradict another. */
  const listed = (now: readonly Member[], { topology }: Lookups): readonly Member[] => {
    const names = topologyOf(topology)?.instances.map(({ endpoint }) => endpoint?.host);
    const isSilent = ({ host }: Member) => !now.some((one) => one.host === host) && (names?.includes(host) ?? true);
    return [...now, ...members.filter(isSilent)];
  };
  const newsOf = ({ words }: Heard): string =>
    [...words].map(([key, { said }]) => `${key} ${said}`).join() + (isConfirmed() ? ' confirmed' : '');

  return {
    withHeard(state) {
      if (!isOn) return state;
      heard = recent(heard, clock.now(), timings);
      told = newsOf(heard);
      return { ...state, observations: { ...state.observations, heard } };
    },
    follow(state) {
      const { lookups } = state;
      isOn ||= isAsking(request, state);
      if (!isOn) return;
      const isFirst = heard.begunAt === undefined;
      if (lookups) members = listed(membersIn(request, state), lookups);
      // An instance has no other member that could contradict it.
      const isSome = database.kind === 'cluster' && isPartial(topologyOf(lookups?.topology), members);
      const completeAt = heard.isPartial && !isSome ? { completeAt: clock.now() } : {};
      heard = { begunAt: clock.now(), ...heard, isPartial: isSome, ...completeAt };
      if (isFirst) void askAll();
    },
    pause: (ms) => until(() => newsOf(heard) !== told, ms),
    async answered() {
      await until(() => members.every((one) => heard.words.has(targetKey(one))), wordMs(timings));
    },
    close() {
      stop.abort();
      prober.close();
    },
  };
}

/** A watch asks, and a person who wants to know; a check where sources disagree or the group differs from what it should hold. */
function isAsking({ mode, trigger }: RunRequest, state?: RunState): boolean {
  if (mode === 'watch' || (trigger.kind === 'manual' && (trigger.action === 'resync' || trigger.action === 'doctor')))
    return true;
  const { plan } = state ?? {};
  const isDoubtful = plan?.kind === 'hold' && ['SourcesDisagree', 'Unconfirmed'].includes(plan.reason);
  return mode === 'check' && (plan?.kind === 'change' || isDoubtful);
}
