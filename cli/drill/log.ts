import type { Observation, Probe } from './record.ts';

/** Everything that was seen, and what of it holds now. */
export type Log = {
  readonly probes: readonly Probe[];
  observe(observation: Observation): void;
  /** Unless it was told before. */
  observeOnce(observation: Observation): void;
  probe(probe: Probe): void;
  sorted(): readonly Observation[];
  /** The name leads elsewhere than before, the group holds that address and nothing else, and the client is served. */
  isWell(dnsBefore: string, keyOf: (dns: string) => string): boolean;
};

export function createLog(follow: (one: Observation | Probe) => void = () => {}): Log {
  const observations: Observation[] = [];
  const probes: Probe[] = [];
  const targets = new Map<string, string>();
  let dns = '';
  const observe = (one: Observation) => {
    observations.push(one);
    if (one.kind === 'dns') dns = one.answer;
    if (one.kind === 'target') targets.set(one.target, one.state);
    follow(one);
  };
  return {
    probes,
    observe,
    observeOnce(one) {
      const text = JSON.stringify(one);
      if (!observations.some((other) => JSON.stringify(other) === text)) observe(one);
    },
    probe(one) {
      probes.push(one);
      follow(one);
    },
    sorted: () => observations.toSorted((one, other) => one.at - other.at),
    isWell(dnsBefore, keyOf) {
      const live = [...targets].filter(([, state]) => state !== 'gone' && state !== 'draining');
      const holds = live.length === 1 && live[0]?.[0] === keyOf(dns) && live[0][1] === 'healthy';
      return dns !== dnsBefore && holds && probes.at(-1)?.result === 'ok';
    },
  };
}
