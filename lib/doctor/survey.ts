import { isPublic } from '../addresses.ts';
import { isLive, type Target } from '../domain.ts';
import { dimensionName, metricNames } from '../metrics.ts';
import type { RunState } from '../observations/run-state.ts';
import { protocolOf } from '../protocols.ts';
import type { Config } from '../settings/config.ts';
import { alarmNames, standbyAlarmNames } from './alarm-names.ts';
import { andThen, known, type Reading } from './reading.ts';
import type {
  Conversation,
  DatabaseNetwork,
  Firing,
  Instruments,
  Metric,
  Place,
  Surroundings,
  WakingRule,
} from './surroundings.ts';

/** Minutes in which a run must have succeeded: metrics arrive late, and a late one must not look missing. */
export const successMinutes = 15;

/** Reads what surrounds the database and the function; reads that do not depend on each other run at the same time. */
export async function survey(
  instruments: Instruments,
  { database, metricsNamespace }: Pick<Config, 'database' | 'metricsNamespace'>,
  state: Pick<RunState, 'desired' | 'observed'>,
  functionArn: string | undefined,
): Promise<Surroundings> {
  const ours = (name: string): Metric => ({
    namespace: metricsNamespace,
    name,
    dimensions: { [dimensionName]: database.name },
  });
  const [target] = state.desired?.kind === 'targets' ? state.desired.targets : [];
  const place = functionArn ? instruments.place(functionArn) : undefined;
  const home = instruments.databaseNetwork?.();
  const [network, loginLimits, placed, firings, successes, alarms, conversation] = await Promise.all([
    networkOf(instruments, place, home),
    instruments.loginLimits?.(),
    place,
    functionArn ? firingsOf(instruments, functionArn) : undefined,
    instruments.sum(ours(metricNames.success), successMinutes),
    instruments.alarmsBeside(ours(metricNames.drift), [...alarmNames, ...standbyAlarmNames]),
    target ? conversationWith(instruments, target, home) : undefined,
  ]);
  const apiHosts = await instruments.apiHosts();
  const places = [...apiHosts.flatMap(({ addresses }) => addresses), ...targetsOf(state).map(({ ip }) => ip)];
  const interfaces = await interfacesOf(instruments, places, network);
  return { ...network, loginLimits, place: placed, firings, successes, alarms, conversation, apiHosts, interfaces };
}

/** An API that has just not answered is not asked again: in a VPC without a route to it, it never answers. */
async function interfacesOf(
  instruments: Instruments,
  addresses: readonly string[],
  { securityGroups }: NetworkPart,
): Promise<Surroundings['interfaces']> {
  if (securityGroups.kind === 'unreadable') return securityGroups;
  return instruments.interfaces?.(unique(addresses).filter((address) => !isPublic(address)));
}

/** What the group holds, and what it should. */
export const targetsOf = ({ observed, desired }: Pick<RunState, 'observed' | 'desired'>): readonly Target[] => [
  ...(observed?.targets.filter(isLive) ?? []),
  ...(desired?.kind === 'targets' ? desired.targets : []),
];

type NetworkPart = Pick<Surroundings, 'group' | 'loadBalancers' | 'databaseNetwork' | 'securityGroups' | 'subnets'>;

type Home = Promise<Reading<DatabaseNetwork>> | undefined;

/** In the protocol of its engine, which the RDS API tells; where it does not, in that of its port. */
async function conversationWith(instruments: Instruments, target: Target, home: Home): Promise<Conversation> {
  const network = await home;
  const protocol = protocolOf(network?.kind === 'read' ? network.value.engine : undefined, target.port);
  return { target, protocol, spoken: await instruments.speak(target, protocol) };
}

async function networkOf(
  instruments: Instruments,
  place: Promise<Reading<Place>> | undefined,
  home: Home,
): Promise<NetworkPart> {
  const [group, databaseNetwork, placed] = await Promise.all([instruments.group(), home, place]);
  const loadBalancers = await andThen(group, ({ loadBalancerArns }) => instruments.loadBalancers(loadBalancerArns));
  const ends = [
    ...(loadBalancers.kind === 'read' ? loadBalancers.value : []),
    ...(placed?.kind === 'read' && placed.value.kind === 'vpc' ? [placed.value] : []),
  ];
  const groups = [...ends, ...(databaseNetwork?.kind === 'read' ? [databaseNetwork.value] : [])];
  const [securityGroups, subnets] = await Promise.all([
    instruments.securityGroups(unique(groups.flatMap(({ securityGroupIds }) => securityGroupIds))),
    instruments.subnets(unique(ends.flatMap(({ subnetIds }) => subnetIds))),
  ]);
  return { group, loadBalancers, databaseNetwork, securityGroups, subnets };
}

const unique = (ids: readonly string[]): string[] => [...new Set(ids)];

const firingsOf = async (instruments: Instruments, functionArn: string): Promise<Reading<readonly Firing[]>> =>
  andThen(await instruments.rulesThatWake(functionArn), async (rules) => {
    const firings = await Promise.all(rules.map((rule) => firingOf(instruments, rule)));
    const failed = firings.find((one) => one.kind !== 'read');
    return failed ?? known(firings.flatMap((one) => (one.kind === 'read' ? [one.value] : [])));
  });

async function firingOf(instruments: Instruments, rule: WakingRule): Promise<Reading<Firing>> {
  const windowMinutes = windowOf(rule);
  // Scheduler counts by group alone. https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
  const metric: Metric = rule.group
    ? { namespace: 'AWS/Scheduler', name: 'InvocationAttemptCount', dimensions: { ScheduleGroup: rule.group } }
    : { namespace: 'AWS/Events', name: 'TriggeredRules', dimensions: { RuleName: rule.name } };
  return andThen(await instruments.sum(metric, windowMinutes), async (times) => known({ rule, windowMinutes, times }));
}

const minutesIn: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1440 };

/** Five periods of a rate, and never less than what metrics may be late; a day for what has no rate. */
function windowOf({ schedule = '' }: WakingRule): number {
  const [, count = '', unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule) ?? [];
  const period = Number(count) * (minutesIn[unit] ?? 0);
  return period > 0 ? Math.max(15, 5 * period) : 1440;
}
