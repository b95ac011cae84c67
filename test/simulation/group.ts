import { type RegisteredTarget, type Target, targetKey } from '../../lib/domain.ts';

/** A target group as ELBv2 keeps it. */
export type SimulatedGroup = {
  /** Another one after each change. */
  readonly version: number;
  list(): readonly RegisteredTarget[];
  live(): readonly string[];
  isDraining(target: Target): boolean;
  register(targets: readonly Target[]): void;
  deregister(targets: readonly Target[]): void;
};

type Entry = { readonly target: Target; readonly registeredAt: number; readonly drainingAt?: number };
type Setting = {
  readonly now: () => number;
  readonly healthMs: number;
  readonly drainMs: number;
  readonly initial: readonly string[];
};

export const targetOf = (key: string): Target => {
  const [ip = '', port] = key.split(':');
  return { ip, port: Number(port) };
};

export function createSimulatedGroup({ now, healthMs, drainMs, initial }: Setting): SimulatedGroup {
  const long = -healthMs;
  const entries = new Map<string, Entry>(initial.map((key) => [key, { target: targetOf(key), registeredAt: long }]));
  const isLive = ({ drainingAt }: Entry) => drainingAt === undefined;
  const shown = (entry: Entry): RegisteredTarget => {
    if (!isLive(entry)) return { ...entry.target, state: 'draining', reason: 'Target.DeregistrationInProgress' };
    const isHealthy = now() - entry.registeredAt >= healthMs;
    return {
      ...entry.target,
      ...(isHealthy ? { state: 'healthy' } : { state: 'initial', reason: 'Elb.RegistrationInProgress' }),
    };
  };
  let version = 1;
  return {
    get version() {
      return version;
    },
    list: () => {
      for (const [key, { drainingAt }] of entries)
        if (drainingAt !== undefined && now() - drainingAt >= drainMs) entries.delete(key);
      return [...entries.values()].map(shown);
    },
    isDraining: (target) => {
      const { drainingAt } = entries.get(targetKey(target)) ?? {};
      return drainingAt !== undefined && now() - drainingAt < drainMs;
    },
    live: () => [...entries].flatMap(([key, entry]) => (isLive(entry) ? [key] : [])).sort(),
    register: (targets) => {
      version += 1;
      for (const target of targets) {
        const entry = entries.get(targetKey(target));
        if (!entry || !isLive(entry)) entries.set(targetKey(target), { target, registeredAt: now() });
      }
    },
    deregister: (targets) => {
      version += 1;
      for (const target of targets) {
        const entry = entries.get(targetKey(target));
        if (entry && isLive(entry)) entries.set(targetKey(target), { ...entry, drainingAt: now() });
      }
    },
  };
}
