import { cutOff, takesConnections } from './decision/served.ts';
import { type Database, type RegisteredTarget, type Target, type Topology, targetKey } from './domain.ts';
import type { GroupNature, Home } from './nature.ts';
import type { Word } from './observations/probe.ts';
import type { RunRequest, RunState, Unshown } from './observations/run-state.ts';

/* What is unusual about a database, its group and its targets, but no reason to stop: a report says it beside the result. */

const otherEngines: Readonly<Record<string, string>> = { docdb: 'an Amazon DocumentDB', neptune: 'an Amazon Neptune' };

/** What is unusual about the database, but no reason to stop. */
export function remarksOn({ id = '', role }: Database, { nature = {} }: Topology): string[] {
  const { engine = '', memberOf, replicaOf } = nature;
  return [
    memberOf && `${id} is a member of cluster ${memberOf}: after a failover it may be a reader`,
    role === 'writer' && replicaOf && `${id} is a replica of ${replicaOf}, which takes the writes`,
    otherEngines[engine] && `${id} is ${otherEngines[engine]} cluster (engine ${engine}); it is followed like Aurora`,
  ].filter((remark): remark is string => typeof remark === 'string');
}

/** What is unusual about the group, but no reason to stop. */
export function remarksOnGroup(group: GroupNature, home: Home | undefined): string[] {
  return [
    ...(group.protocol === 'TLS'
      ? ['the group speaks TLS from the first byte, which PostgreSQL and MySQL do not: use protocol TCP']
      : []),
    ...(isElsewhere(group, home)
      ? [
          `the group is in ${group.vpcId}, the database in ${home?.vpcId}: it is reached through peering or a transit gateway alone, and no address of ${group.vpcId} may be the same`,
        ]
      : []),
    ...(group.unread ? [`the zones of the load balancer were not compared with the database's: ${group.unread}`] : []),
  ];
}

/** Targets outside the VPC are registered for all zones. */
const isElsewhere = ({ vpcId }: GroupNature, home: Home | undefined): boolean =>
  vpcId !== undefined && home?.vpcId !== undefined && vpcId !== home.vpcId;

/** For each load balancer of the group the zones that it lacks, if any; undefined when the zones are not known. */
export function zoneGaps(group: GroupNature | undefined, home: Home | undefined): readonly string[] | undefined {
  if (!group?.loadBalancers || !home || isElsewhere(group, home)) return undefined;
  return group.loadBalancers.flatMap((balancer) => zoneGap(balancer, home) ?? []);
}

/** Where the database may go, and the load balancer cannot follow: a target there never gets traffic, cross-zone or not. */
export function zoneGap(
  balancer: { readonly name: string; readonly zones: readonly string[] },
  home: Home | undefined,
): string | undefined {
  const missing = (home?.subnets ?? []).filter(({ zone }) => !balancer.zones.includes(zone));
  if (missing.length === 0) return undefined;
  const zones = [...new Set(missing.map(({ zone }) => zone))].join(', ');
  const entries = missing.map(({ id, zone }) => `{"id": "${id}", "zone": "${zone}"}`).join(', ');
  return `load balancer ${balancer.name} has no subnet in ${zones}, where the database may be: a target there gets no traffic. Add one to "vpc.subnets", for example ${entries}, or to a load balancer of your own with aws elbv2 set-subnets --load-balancer-arn ARN --subnets SUBNETS (the whole list)`;
}

/** Registered, but no connection reaches them: as a rule for want of a subnet. ELBv2 has other reasons, which a subnet does not mend. */
function unservedMessages(targets: readonly RegisteredTarget[]): string[] {
  const lacksSubnet = ({ reason = notInUse }: RegisteredTarget) => reason === notInUse;
  const cut = targets
    .filter(lacksSubnet)
    .map((target) => `${targetKey(target)} in ${target.unservedZone ?? 'its zone'}`);
  const others = targets.filter((target) => !lacksSubnet(target));
  return [
    ...(cut.length > 0
      ? [
          `no traffic reaches ${cut.join(', ')} (${notInUse}): the load balancer has no subnet in that zone, or does not use the group yet. Give it a subnet there ("vpc.subnets", or aws elbv2 set-subnets --load-balancer-arn ARN --subnets SUBNETS with the whole list); ${untilThen}`,
        ]
      : []),
    ...(others.length > 0
      ? [
          `no traffic reaches ${others.map((target) => `${targetKey(target)} (${target.reason})`).join(', ')}: the load balancer cannot use it. Find out what has that address; ${untilThen}`,
        ]
      : []),
  ];
}

const notInUse = 'Target.NotInUse';
const untilThen = 'until then nothing is removed in favour of this target';

const leftMessage = (stale: readonly Target[]): string =>
  `${stale.map(targetKey).join(', ')} left to the next drift check: a run that an event woke deregisters only beside what it has registered itself`;

/** A target may be healthy and yet get no connections. */
const remarksOnTargets = (targets: readonly RegisteredTarget[]): string[] =>
  targets.flatMap((target) => {
    const { state, override } = target;
    if (override === undefined) return [];
    const effect = takesConnections(target) ? 'ARC tells whether it gets' : 'it gets no';
    return [`${targetKey(target)} is ${state}, and ${effect} new connections: ${override} (AdministrativeOverride)`];
  });

/** Registered and healthy, but no address of the name. */
export const longUnshownOf = ({ unshown = [] }: Pick<RunState, 'unshown'>): readonly Unshown[] =>
  unshown.filter(({ isLong }) => isLong);

/** What it means that no answer has shown them. */
export function unshownMessage({ hostname = '' }: Pick<Database, 'hostname'>, longUnshown: readonly Unshown[]): string {
  const told = longUnshown.map(({ target, forMs }) => `${targetKey(target)} (for ${Math.floor(forMs / 60_000)} min)`);
  return `healthy targets that no answer of ${hostname} has shown: ${told.join(', ')}. They get connections. Find out who registered them, and deregister what is not the database's`;
}

/** Why there is no warm standby, and what left because it is another's. */
function remarksOnStandby({ desired, deregistered, everForeign }: RunState): string[] {
  const standby = desired?.kind === 'targets' ? desired.standby : undefined;
  const left = deregistered.map(targetKey).filter((key) => everForeign?.has(key));
  return [
    ...(standby && standby.kind !== 'proven' ? [`${withoutStandby[standby.kind]}: ${standby.why}`] : []),
    ...(left.length > 0 ? [`${left.join(', ')} left at once: EC2 shows no interface of the database there`] : []),
  ];
}

const withoutStandby = {
  unproven: 'no warm standby is registered',
  unread: 'whether the standby is still the same is not known',
  answers: 'no warm standby is registered',
} as const;

/** Wanted and registered, but no connection reaches them. */
export const unreached = ({
  desired,
  observed,
}: Pick<RunState, 'desired' | 'observed'>): readonly RegisteredTarget[] =>
  desired?.kind === 'targets' ? cutOff(desired.targets, observed?.targets ?? []) : [];

/** What this run registered although its owner could not be read. */
export const unverified = ({ owners, registered }: Pick<RunState, 'owners' | 'registered'>): string[] =>
  [...owners].flatMap(([ip, one]) =>
    one.kind === 'unread' && registered.some((target) => target.ip === ip)
      ? [`${ip} was registered unverified: ${one.why}`]
      : [],
  );

/** A member, and what it said of itself. */
export const wordMessage = ({ member, said, why }: Omit<Word, 'at'>): string =>
  `${targetKey(member)} ${said}${why ? ` (${why})` : ''}`;

/** What the members said of themselves, where they were asked. */
export function heard({ observations }: Pick<RunState, 'observations'>): string[] {
  const { words = new Map<string, Word>(), sole, begunAt, isPartial } = observations.heard ?? {};
  if (begunAt === undefined) return [];
  if (sole?.confirmedAt !== undefined && !isPartial)
    return [`the probe confirmed ${targetKey(sole.member)} as the writer`];
  return [`the probe confirmed no writer: ${[...words.values()].map(wordMessage).join(', ') || 'no member was asked'}`];
}

/** What a report says beside its result: why it waits and, for an operator, what is unusual. */
export function remarksOf({ database, trigger }: Pick<RunRequest, 'database' | 'trigger'>, state: RunState): string[] {
  const { observed, topology, group, plan } = state;
  const seen = topology?.observation.kind === 'seen' ? topology.observation.topology : undefined;
  const targets = observed?.targets ?? [];
  const longUnshown = longUnshownOf(state);
  return [
    ...(longUnshown.length > 0 ? [unshownMessage(database, longUnshown)] : []),
    ...unservedMessages(unreached(state)),
    ...(plan?.kind === 'waiting' && plan.for === 'drift-check' ? [leftMessage(plan.stale)] : []),
    ...unverified(state),
    ...heard(state),
    ...remarksOnStandby(state),
    ...(trigger.kind === 'manual'
      ? [
          ...(seen ? remarksOn(database, seen) : []),
          ...(group ? remarksOnGroup(group, seen?.home) : []),
          ...(zoneGaps(group, seen?.home) ?? []),
          ...remarksOnTargets(targets),
        ]
      : []),
  ];
}
