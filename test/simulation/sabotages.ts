import type { Handler } from '../../functions/invoke.ts';
import type { RegisteredTarget, Report, Target } from '../../lib/domain.ts';
import type {
  DnsAnswer,
  InterfaceSource,
  InterfacesObservation,
  NetworkInterface,
  Ports,
  Resolver,
  TargetGroup,
  TopologyObservation,
} from '../../lib/ports.ts';
import { securityGroups } from './constants.ts';
import type { Sabotage } from './reconciler.ts';
import type { Script, Step } from './script.ts';
import type { World } from './world.ts';

/* One rule of the functions broken at a time, by what stands around them: the simulation has to notice each. */

/** What is kept of a world from one invocation to the next. */
const perWorld = <T>(create: () => T): ((world: World) => T) => {
  const kept = new WeakMap<object, T>();
  return (world) => {
    const known = kept.get(world) ?? create();
    kept.set(world, known);
    return known;
  };
};

const withGroup = (over: (group: TargetGroup) => Partial<TargetGroup>): Sabotage => ({
  ports: (ports) => ({ ...ports, targetGroup: { ...ports.targetGroup, ...over(ports.targetGroup) } }),
});

const answers = perWorld(() => new Map<string, DnsAnswer>());
const withResolver = (over: (resolver: Resolver, known: Map<string, DnsAnswer>) => Resolver): Sabotage => ({
  ports: (ports, world) => ({ ...ports, resolver: over(ports.resolver, answers(world)) }),
});

const withHandler = (over: (real: Handler, ports: Ports) => Handler): Sabotage => ({ handler: over });

const idle = { outcome: 'in-sync' } as Report;
const isScheduled = (event: unknown) =>
  ['aws.events', 'aws.scheduler'].includes((event as { source?: string } | null)?.source ?? '');

/** Deregisters before it registers, and shows as registered meanwhile what is still to be. */
export function removesFirst(group: TargetGroup): Partial<TargetGroup> {
  let held: readonly Target[] = [];
  let isShown = false;
  const release = async () => {
    const targets = held;
    held = [];
    if (targets.length > 0) await group.register(targets);
  };
  return {
    register: async (targets) => {
      held = targets;
      isShown = false;
    },
    deregister: async (targets) => {
      await group.deregister(targets);
      await release();
    },
    list: async () => {
      if (isShown) await release();
      isShown = true;
      return withMissing(await group.list(), held);
    },
  };
}

function withMissing(listed: readonly RegisteredTarget[], more: readonly Target[]): readonly RegisteredTarget[] {
  const isListed = ({ ip, port }: Target) => listed.some((one) => one.ip === ip && one.port === port);
  return [...listed, ...more.filter((one) => !isListed(one)).map((one) => ({ ...one, state: 'initial' as const }))];
}

/** Shows the run as registered what AWS has only accepted. */
export function believesReplies(group: TargetGroup): Partial<TargetGroup> {
  let accepted: readonly Target[] = [];
  return {
    register: async (targets) => {
      await group.register(targets);
      accepted = targets;
    },
    list: async () => withMissing(await group.list(), accepted),
  };
}

const silentNames = perWorld(() => new Set<string>());

/** Leaves out the instances whose names DNS did not answer when they were asked for last. */
function withoutSilentReaders(ports: Ports, silent: Set<string>): Ports {
  const { resolver, topology } = ports;
  if (!topology) return ports;
  return {
    ...ports,
    resolver: {
      resolve: async (name, signal) => {
        const answer = await resolver.resolve(name, signal);
        if (answer.kind === 'addresses') silent.delete(name);
        else silent.add(name);
        return answer;
      },
    },
    topology: {
      describe: async (signal) => {
        const observation = await topology.describe(signal);
        if (observation.kind !== 'seen') return observation;
        const instances = observation.topology.instances.filter(({ endpoint }) => !silent.has(endpoint?.host ?? ''));
        return { ...observation, topology: { ...observation.topology, instances } };
      },
    },
  };
}

const lastWords = perWorld(() => new Map<'said', TopologyObservation>());

/** Shows what the API said last while it says nothing. */
function withLastWord(ports: Ports, words: Map<'said', TopologyObservation>): Ports {
  const { topology } = ports;
  if (!topology) return ports;
  const describe = async (signal?: AbortSignal) => {
    const observation = await topology.describe(signal);
    if (observation.kind === 'seen') words.set('said', observation);
    return observation.kind === 'unavailable' ? (words.get('said') ?? observation) : observation;
  };
  return { ...ports, topology: { describe } };
}

/** A range check that sees nothing: a forbidden address goes in as if it were a private one. */
function letsAnyAddressIn(ports: Ports): Ports {
  const disguise = '10.0.77.77';
  let real = disguise;
  const shown = (ip: string) => {
    if (!ip.startsWith('10.')) real = ip;
    return ip.startsWith('10.') ? ip : disguise;
  };
  const undisguised = (targets: readonly Target[]) =>
    targets.map(({ ip, port }) => ({ ip: ip === disguise ? real : ip, port }));
  const { resolver, targetGroup } = ports;
  return {
    ...ports,
    resolver: {
      resolve: async (name, signal) => {
        const answer = await resolver.resolve(name, signal);
        return answer.kind === 'addresses' ? { ...answer, addresses: answer.addresses.map(shown) } : answer;
      },
    },
    targetGroup: { ...targetGroup, register: (targets) => targetGroup.register(undisguised(targets)) },
  };
}

const ofDatabase: NetworkInterface = {
  id: 'eni-0123456789abcdef0',
  requester: 'amazon-rds',
  description: 'RDSNetworkInterface',
  securityGroups,
};

const allOwn = (asked: readonly string[]): InterfacesObservation => ({
  kind: 'seen',
  interfaces: new Map(asked.map((ip) => [ip, [ofDatabase]])),
});

const nothing: InterfacesObservation = { kind: 'seen', interfaces: new Map() };
const nothingShown: InterfaceSource = { find: async () => nothing, findByGroup: async () => nothing };

/** Takes every address for the database's own where `isBlind` says so of EC2's answer. */
const believes = (isBlind: (seen: InterfacesObservation) => boolean): Sabotage => ({
  ports: ({ interfaces = nothingShown, ...ports }) => ({
    ...ports,
    interfaces: {
      ...interfaces,
      find: async (asked, signal) => {
        const seen = await interfaces.find(asked, signal);
        return isBlind(seen) ? allOwn(asked) : seen;
      },
    },
  }),
});

/** What it has once seen of EC2 it believes for good. */
const shownOnce = perWorld(() => new Map<string, readonly NetworkInterface[]>());
const forgetsNoHost: Sabotage = {
  ports: ({ interfaces = nothingShown, ...ports }, world) => ({
    ...ports,
    interfaces: {
      ...interfaces,
      findByGroup: async (group, signal) => {
        const seen = await interfaces.findByGroup(group, signal);
        const known = shownOnce(world);
        if (seen.kind === 'seen') for (const [ip, found] of seen.interfaces) known.set(ip, found);
        return seen.kind === 'seen' ? { kind: 'seen', interfaces: new Map(known) } : seen;
      },
    },
  }),
};

/** Two of the standby's hosts, one after the other. */
const replacements: readonly Step[] = [
  { does: 'host', at: 20_000, forMs: 1000, how: 'given away' },
  { does: 'host', at: 90_000, forMs: 1000, how: 'replaced' },
];

const poison: readonly Step[] = [
  { does: 'poison', at: 30_000, forMs: 60_000, ip: '10.0.77.77', isOfAll: true },
  { does: 'poison', at: 120_000, forMs: 60_000, ip: '10.0.9.9', isOfAll: true },
];

/** Neither API says anything for as long as the database moves. */
const throttled: readonly Step[] = (['RDS describe', 'EC2 interfaces'] as const).map((call) => ({
  does: 'fault',
  at: 0,
  forMs: 300_000,
  call,
  how: 'throttled',
}));

/** Hears that a reader is the writer, and of no other member anything. */
const mishears: Sabotage = {
  ports: ({ prober, ...ports }) => ({
    ...ports,
    ...(prober
      ? {
          prober: {
            ...prober,
            ask: async (member, signal) => {
              const { kind } = await prober.ask(member, signal);
              return kind === 'reader' ? { kind: 'writer' } : { kind: 'unknown', why: 'not heard' };
            },
          },
        }
      : {}),
  }),
};

/** Takes the bait of a payload. */
async function swallowBait({ targetGroup }: Ports, event: unknown): Promise<void> {
  const { address, port } = (event ?? {}) as { address?: string; port?: number };
  if (address && port) await targetGroup.register([{ ip: address, port }]);
}

/** DNS speaks for three seconds of twenty, in which nothing can be registered. */
const silence: readonly Step[] = Array.from({ length: 20 }, (_, number) => number * 20_000).flatMap((at) => [
  { does: 'fault', at, forMs: 6000, call: 'ELB register', how: '5xx' },
  { does: 'fault', at: at + 3000, forMs: 17_000, call: 'DNS', how: 'failed' },
]);

type Broken = {
  readonly breaks: number;
  readonly how: string;
  readonly sabotage: Sabotage;
  /** What has to happen in a story for this to show, beside what is drawn. */
  readonly when?: readonly Step[];
  /** It shows where the members are asked. */
  readonly isProbed?: boolean;
  /** The database in whose stories it shows. */
  readonly of?: Script['database'];
  /** Its standby stays in the group. */
  readonly isWarm?: boolean;
};

export const sabotages: readonly Broken[] = [
  {
    breaks: 1,
    how: 'takes a draining target for one that is there',
    sabotage: withGroup((group) => ({
      list: async () => (await group.list()).map((target) => ({ ...target, state: 'healthy' })),
    })),
  },
  {
    breaks: 2,
    how: 'goes on with the last answer when DNS gives none',
    sabotage: withResolver((resolver, known) => ({
      resolve: async (name) => {
        const answer = await resolver.resolve(name);
        if (answer.kind === 'addresses') known.set(name, answer);
        return known.get(name) ?? answer;
      },
    })),
    when: silence,
  },
  {
    breaks: 2,
    how: 'takes a reader whose address DNS does not give for one that is gone',
    sabotage: { ports: (ports, world) => withoutSilentReaders(ports, silentNames(world)) },
    of: 'cluster reader',
  },
  {
    breaks: 2,
    how: 'takes the last word of an API that is silent for who is a reader now',
    sabotage: { ports: (ports, world) => withLastWord(ports, lastWords(world)) },
    of: 'cluster reader',
  },
  { breaks: 3, how: 'registers whatever address DNS gives', sabotage: { ports: letsAnyAddressIn } },
  {
    breaks: 3,
    how: "takes a stranger's address for the database's own",
    sabotage: believes(({ kind }) => kind === 'seen'),
    when: poison,
  },
  {
    breaks: 2,
    how: 'changes a cluster by DNS alone',
    sabotage: believes(({ kind }) => kind === 'unavailable'),
    when: throttled,
    of: 'cluster writer',
  },
  { breaks: 4, how: 'deregisters first', sabotage: withGroup(removesFirst) },
  {
    breaks: 4,
    how: 'registers once more after it has removed',
    sabotage: withGroup((group) => {
      let registered: readonly Target[] = [];
      return {
        register: (targets) => {
          registered = targets;
          return group.register(targets);
        },
        deregister: async (targets) => {
          await group.deregister(targets);
          if (registered.length > 0) await group.register(registered);
        },
      };
    }),
  },
  {
    breaks: 4,
    how: 'takes what was accepted for done',
    sabotage: withGroup(believesReplies),
    when: [{ does: 'fault', at: 0, forMs: 120_000, call: 'ELB register', how: 'accepted, not done' }],
  },
  {
    breaks: 5,
    how: 'never forgets the first answer of DNS',
    sabotage: withResolver((resolver, known) => ({
      resolve: async (name) => {
        const answer = known.get(name) ?? (await resolver.resolve(name));
        if (answer.kind === 'addresses') known.set(name, answer);
        return answer;
      },
    })),
  },
  {
    breaks: 6,
    how: 'registers the address in a payload',
    sabotage: withHandler((real, ports) => async (event, context) => {
      await swallowBait(ports, event);
      return real(event, context);
    }),
  },
  {
    breaks: 6,
    how: 'follows the name in a payload',
    sabotage: withHandler((real, ports) => async (event, context) => {
      const { hostname } = (event ?? {}) as { hostname?: string };
      if (hostname) await ports.resolver.resolve(hostname);
      return real(event, context);
    }),
  },
  {
    breaks: 6,
    how: 'resolves the instance that an event is about',
    sabotage: withHandler((real) => (event, context) => {
      const isRdsEvent = (event as { source?: unknown } | null)?.source === 'aws.rds';
      return real(isRdsEvent ? { action: 'resync' } : event, context);
    }),
  },
  {
    breaks: 7,
    how: 'sleeps through the schedule',
    sabotage: withHandler(
      (real) => (event, context) => (isScheduled(event) ? Promise.resolve(idle) : real(event, context)),
    ),
  },
  {
    breaks: 8,
    how: 'catches its faults and returns',
    sabotage: withHandler((real) => (event, context) => real(event, context).catch(() => idle)),
  },
  {
    breaks: 11,
    how: "takes an address for the standby's because it once was",
    when: replacements,
    of: 'instance writer',
    isWarm: true,
    sabotage: forgetsNoHost,
  },
  {
    breaks: 7,
    how: 'forgets that the standby is wanted',
    of: 'instance writer',
    isWarm: true,
    sabotage: { config: (config) => ({ ...config, policy: { ...config.policy, warmStandby: false } }) },
  },
  { breaks: 8, how: 'never returns', sabotage: withHandler(() => () => new Promise(() => undefined)) },
  {
    breaks: 8,
    how: 'breaks after it has registered',
    sabotage: withHandler((real) => async (event, context) => {
      const report = await real(event, context);
      if (report.registered.length > 0) throw new TypeError('cannot read properties of undefined');
      return report;
    }),
  },
  {
    breaks: 9,
    how: 'goes round in a hurry',
    sabotage: { config: (config) => ({ ...config, timings: { ...config.timings, recheckMs: 10 } }) },
  },
  { breaks: 10, how: 'takes a reader for the writer', sabotage: mishears, isProbed: true, of: 'cluster writer' },
  {
    breaks: 5,
    how: 'trusts one answer of DNS',
    sabotage: { config: (config) => ({ ...config, timings: { ...config.timings, settleMs: 300 } }) },
  },
];
