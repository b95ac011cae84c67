import { isLive, type RegisteredTarget, type Target, targetKey } from '../../lib/domain.ts';
import type { DnsAnswer, InterfacesObservation, ProbeAnswer, TopologyObservation } from '../../lib/ports.ts';
import { a, b, memberHost } from '../lib/scene.ts';
import { followedHost, type Scenario } from './scenario.ts';

/** Numbered as in the design. */
export type Violation = { readonly invariant: number; readonly what: string };

/**
 * Remembers what one run was told, and holds each of its writes to that. Written without the core's own functions, so that a fault
 * of theirs cannot hide itself.
 */
export function createWitness({ database }: Scenario, { violate }: { violate(violation: Violation): void }) {
  const answers = new Map<string, string>();
  const confirmed = new Map<string, number>();
  let topology: TopologyObservation | undefined;
  let hosts: readonly string[] = [];
  let held = new Set<string>();
  let isRegistering = false;

  /** The addresses that a source of this run names as the writer's. */
  const named = (): Set<string> => {
    const followed = answers.get(followedHost(database));
    if (database.kind === 'instance') return new Set(followed ? [followed] : []);
    const writer =
      topology?.kind === 'seen' ? topology.topology.instances.find(({ role }) => role === 'writer') : undefined;
    const reported = answers.get(memberHost(writer?.id ?? ''));
    const told = [...confirmed].flatMap(([ip, times]) => (times > 1 ? [ip] : []));
    return new Set([followed, reported, ...told].filter((ip) => ip !== undefined));
  };
  const checkKnown = (does: string) => {
    if (topology?.kind !== 'seen' || named().size === 0)
      violate({ invariant: 2, what: `a run ${does} without knowing a writer` });
  };

  return {
    marked(seen: InterfacesObservation) {
      hosts = seen.kind === 'seen' ? [...seen.interfaces.keys()] : [];
      return seen;
    },
    described(observation: TopologyObservation) {
      topology = observation;
      return observation;
    },
    /** What a member says of itself: a writer by its own words is one that has said so twice. */
    told(ip: string, answer: ProbeAnswer) {
      confirmed.set(ip, answer.kind === 'writer' ? (confirmed.get(ip) ?? 0) + 1 : 0);
      return answer;
    },
    resolved(name: string, answer: DnsAnswer) {
      if (answer.kind === 'addresses' && answer.addresses[0]) answers.set(name, answer.addresses[0]);
      return answer;
    },
    listed(targets: readonly RegisteredTarget[]) {
      held = new Set(targets.filter(isLive).map(targetKey));
      return targets;
    },
    registers(targets: readonly Target[]) {
      checkKnown('registers');
      isRegistering = true;
      for (const target of targets) {
        if (!target.ip.startsWith('10.'))
          violate({ invariant: 3, what: `a run registers ${target.ip}, which is not allowed` });
        const isHost = hosts.includes(target.ip) && target.port === a.port;
        if (!isHost && (!named().has(target.ip) || ![targetKey(a), targetKey(b)].includes(targetKey(target))))
          violate({ invariant: 6, what: `a run registers ${targetKey(target)}, which no source named as the writer` });
      }
    },
    registered() {
      isRegistering = false;
    },
    deregisters(targets: readonly Target[]) {
      checkKnown('deregisters');
      if (isRegistering) violate({ invariant: 4, what: 'a run deregisters before its registration took effect' });
      const gone = targets.map(targetKey);
      if (![...held].some((key) => !gone.includes(key)))
        violate({ invariant: 4, what: `a run deregisters ${gone}, all that it has seen in the group` });
      const [only, other] = [...named()];
      if (other === undefined && targets.some(({ ip }) => ip === only))
        violate({ invariant: 5, what: `a run deregisters ${gone}, which all its sources name as the writer` });
    },
  };
}
