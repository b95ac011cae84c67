import { type RegisteredTarget, type Target, targetKey } from '../../lib/domain.ts';

/** A target group as ELBv2 keeps it. */
export type SimulatedGroup = {
  /** Another one after each change. */
  readonly version: number;
  list(): readonly RegisteredTarget[];
  live(): readonly string[];
  /** What has been in the group for so long that it is no longer `initial`. */
  settledBefore(at: number): readonly string[];
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
  /** Whether a target passes its health checks; left out: each does. */
  readonly isHealthy?: (key: string) => boolean;
};

export const targetOf = (key: string): Target => {
  const [ip = '', port] = key.split(':');
  return { ip, port: Number(port) };
};

export function createSimulatedGroup({
  now,
  healthMs,
  drainMs,
  initial,
  isHealthy = () => true,
}: Setting): SimulatedGroup {
  const long = -healthMs;
  const entries = new Map<string, Entry>(initial.map((key) => [key, { target: targetOf(key), registeredAt: long }]));
  const isLive = ({ drainingAt }: Entry) => drainingAt === undefined;
  const shown = (entry: Entry): RegisteredTarget => {
    if (!isLive(entry)) return { ...entry.target, state: 'draining', reason: 'Target.DeregistrationInProgress' };
    if (now() - entry.registeredAt < healthMs)
      return { ...entry.target, state: 'initial', reason: 'Elb.RegistrationInProgress' };
    return { ...entry.target, state: isHealthy(targetKey(entry.target)) ? 'healthy' : 'unhealthy' };
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
    settledBefore: (at) =>
      [...entries].flatMap(([key, entry]) => (isLive(entry) && entry.registeredAt + healthMs <= at ? [key] : [])),
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
