import { type RegisteredTarget, type Target, targetKey } from '../../lib/domain.ts';
import { respond } from '../../lib/invocation.ts';
import type { DnsAnswer, InterfacesObservation, Ports, ProbeAnswer, TopologyObservation } from '../../lib/ports.ts';
import { configFor } from '../lib/invocations.ts';
import { b, policy } from '../lib/scene.ts';
import { createWitness, type Violation } from './invariants.ts';
import { answersOfMembers, type Former, type Scenario } from './scenario.ts';

/** What a run waits for. `due` counts from the run's start: a call takes effect by then, a wait ends exactly then. */
export type Step = { readonly due: number } & (
  | { readonly does: 'describe' | 'list' | 'marked' | 'wait' }
  | { readonly does: 'resolve'; readonly name: string }
  | { readonly does: 'register' | 'deregister'; readonly targets: readonly Target[] }
);

export type Reply = TopologyObservation | DnsAnswer | InterfacesObservation | readonly RegisteredTarget[] | undefined;

/** One invocation of the real core. Its calls and waits stay open until they are taken, so who comes next is not up to a clock. */
export type Run = {
  steps(): readonly Step[];
  /** Gives a step its reply, and resolves when everything that it set off has come to its next call. */
  take(index: number, reply: Reply, at: number, isPromoted: boolean): Promise<void>;
  readonly violations: readonly Violation[];
  isOver(): boolean;
};

/** Longer than any run: the end of an invocation's time is another matter. */
const timeoutMs = 900_000;

const quiet = () => new Promise<void>((resolve) => void setImmediate(resolve));

type Open = { readonly step: Step; readonly end: (reply: Reply) => void };

/** @param isPromoted what the members say until the next step is taken: when a run hears of them within a step changes nothing but the time */
export async function startRun(scenario: Scenario, payload: unknown, isPromoted: boolean): Promise<Run> {
  const { callMs, former } = scenario;
  let isOtherWriter = isPromoted;
  const violations: Violation[] = [];
  const violate = (violation: Violation) => violations.push(violation);
  let now = 0;
  let open: Open[] = [];
  let isOver = false;

  const until = (step: Step, signal?: AbortSignal) =>
    new Promise<Reply>((resolve) => {
      const one: Open = { step, end: resolve };
      if (signal?.aborted) return resolve(undefined);
      open.push(one);
      // A wait that is cut ends at once; a run that cuts a call does not listen any more.
      const cut = () => {
        open = open.filter((other) => other !== one);
        if (step.does === 'wait') resolve(undefined);
      };
      signal?.addEventListener('abort', cut, { once: true });
    });
  const due = () => now + callMs;
  const witness = createWitness(scenario, { violate });
  const ports: Ports = {
    clock: {
      now: () => now,
      // The longest wait that jitter gives: all times are whole seconds then, and more orders meet.
      random: () => 1 - 2 ** -53,
      sleep: async (ms, signal) => void (await until({ does: 'wait', due: now + ms }, signal)),
    },
    topology: {
      describe: async (signal) =>
        witness.described((await until({ does: 'describe', due: due() }, signal)) as TopologyObservation),
    },
    interfaces: {
      find: async () => ({ kind: 'unavailable', message: 'nothing is verified by address' }),
      findByGroup: async (_, signal) =>
        witness.marked((await until({ does: 'marked', due: due() }, signal)) as InterfacesObservation),
    },
    resolver: {
      resolve: async (name) =>
        witness.resolved(
          name,
          answersOfMembers.get(name) ?? ((await until({ does: 'resolve', name, due: due() })) as DnsAnswer),
        ),
    },
    ...(former
      ? {
          prober: {
            ask: async ({ ip }) => witness.told(ip, wordOf(ip, isOtherWriter, former)),
            close: () => undefined,
          },
        }
      : {}),
    targetGroup: {
      list: async () => witness.listed((await until({ does: 'list', due: due() })) as readonly RegisteredTarget[]),
      register: async (targets) => {
        witness.registers(targets);
        await until({ does: 'register', targets, due: due() });
        witness.registered();
      },
      deregister: async (targets) => {
        witness.deregisters(targets);
        await until({ does: 'deregister', targets, due: due() });
      },
    },
  };

  respond(
    scenario.sabotage?.(ports) ?? ports,
    configFor(scenario.database, { timings: scenario.timings, policy: { ...policy, warmStandby: scenario.isWarm } }),
    payload,
    timeoutMs,
  ).then(
    ({ fault }) => {
      isOver = true;
      if (fault) violate({ invariant: 8, what: `a run that met no fault reports one: ${fault.message}` });
    },
    (error: unknown) => {
      isOver = true;
      violate({ invariant: 8, what: `a run broke: ${error instanceof Error ? error.stack : error}` });
    },
  );
  await quiet();
  return {
    violations,
    steps: () => open.map(({ step }) => step),
    isOver: () => isOver,
    async take(index, reply, at, isPromotedNow) {
      now = at;
      isOtherWriter = isPromotedNow;
      const [taken] = open.splice(index, 1);
      taken?.end(reply);
      await quiet();
      if (!isOver && open.length === 0) violate({ invariant: 8, what: 'a run neither ends nor waits for anything' });
    },
  };
}

/** What a member says of itself. */
function wordOf(ip: string, isPromoted: boolean, former: Former): ProbeAnswer {
  if (ip === b.ip) return { kind: isPromoted ? 'writer' : 'reader' };
  if (!isPromoted) return { kind: 'writer' };
  return former === 'reader' ? { kind: former } : { kind: former, why: 'no answer' };
}

export function stepText(step: Step): string {
  if (step.does === 'resolve') return `resolves ${step.name.split('.', 2).join('.')}`;
  if (step.does === 'register' || step.does === 'deregister')
    return `${step.does}s ${step.targets.map(targetKey).join(', ')}`;
  return {
    describe: 'describes the database',
    marked: 'asks for the hosts',
    list: 'lists the group',
    wait: 'has waited',
  }[step.does];
}
