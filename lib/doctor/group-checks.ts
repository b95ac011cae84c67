import { takesConnections } from '../decision/served.ts';
import {
  type Database,
  type Desired,
  isLive,
  type RegisteredTarget,
  type Target,
  targetKey,
  without,
} from '../domain.ts';
import { ownerOf } from '../observations/owners.ts';
import type { RunState } from '../observations/run-state.ts';
import type { Config } from '../settings/config.ts';
import { both } from './reading.ts';
import type { GroupSettings, Surroundings } from './surroundings.ts';
import { targetsOf } from './survey.ts';
import { failed, judge, listed, notChecked, ok, unless, type Verdict } from './verdict.ts';

/** Longer than this, clients of a former writer go on writing to a reader. Seconds. */
const longestDelay = 30;

/** The target group itself, and its targets. */
export function groupChecks(settings: Pick<Config, 'database' | 'policy'>, state: RunState, seen: Surroundings) {
  const { database } = settings;
  const { group, databaseNetwork } = seen;
  const desired = state.desired?.kind === 'targets' ? state.desired : undefined;
  const wanted = desired?.targets;
  return {
    'group-type-ip': judge(group, ({ targetType }) =>
      targetType === 'ip' ? ok('ip') : failed(`the target type is ${targetType}; it cannot be changed`),
    ),
    'group-in-database-vpc': databaseNetwork
      ? judge(both(group, databaseNetwork), ([{ vpcId = 'none' }, { vpcId: home = 'none' }]) =>
          vpcVerdict(vpcId, home, state.observed?.targets, wanted),
        )
      : notChecked('no API says in which VPC a host name lives'),
    'group-port': wanted
      ? judge(group, (settings) => portVerdict(settings, wanted))
      : notChecked('the port of the database is not known'),
    'group-attributes': judge(group, (settings) => attributesVerdict(database, settings)),
    'no-other-targets': othersVerdict(state.observed?.targets, desired && expectedOf(desired)),
    'addresses-verified': ownersVerdict(settings, state, seen),
  } as const satisfies Record<string, Verdict>;
}

/** Targets outside the VPC are reached through peering and the like, if the address is private; only their health shows that. */
function vpcVerdict(
  vpcId: string,
  home: string,
  observed: readonly RegisteredTarget[] = [],
  wanted: readonly Target[] = [],
): Verdict {
  if (vpcId === home) return ok(vpcId);
  const keys = wanted.map(targetKey);
  const isReached = observed.some(
    (target) => target.isOutside && takesConnections(target) && keys.includes(targetKey(target)),
  );
  const said = `the group is in ${vpcId}, the database in ${home}`;
  return isReached ? ok(`${said}, and reached from there`) : failed(said);
}

function portVerdict({ protocol, port }: GroupSettings, wanted: readonly Target[]): Verdict {
  const ports = [...new Set(wanted.map((target) => target.port))];
  return unless(
    [
      protocol !== 'TCP' && protocol !== 'TCP_UDP' && `the protocol is ${protocol}; a database needs TCP`,
      !ports.includes(port ?? 0) && `the group's port is ${port}, the database's ${ports.join(', ')}`,
    ],
    `${protocol} ${port}`,
  );
}

function attributesVerdict({ kind, role }: Database, { attributes }: GroupSettings): Verdict {
  const delay = Number(attributes.get('deregistration_delay.timeout_seconds') ?? Number.NaN);
  const isCut = attributes.get('deregistration_delay.connection_termination.enabled') === 'true';
  const told = Number.isNaN(delay) ? 'not told' : `${delay} s`;
  const said = `deregistration delay ${told}, connection termination ${isCut ? 'on' : 'off'}`;
  // Sessions to readers and to names that stand for many addresses may end by themselves.
  if (role !== 'writer' || kind === 'hostname') return ok(said);
  return unless(
    [
      !isCut && 'connection termination is off: sessions to a former writer, which is a healthy reader now, go on',
      !(delay <= longestDelay) && `the deregistration delay is ${told}: at most ${longestDelay} s suit a writer`,
    ],
    said,
  );
}

/** With what may be the standby, while EC2 or the RDS API does not say. */
const expectedOf = ({ targets, standby, tolerated = [] }: Extract<Desired, { kind: 'targets' }>): readonly Target[] =>
  standby ? [...targets, ...tolerated] : targets;

function othersVerdict(observed: readonly RegisteredTarget[] | undefined, wanted: readonly Target[] | undefined) {
  if (!observed) return notChecked('the group was not read');
  if (!wanted) return notChecked('it is not known what belongs into the group');
  const others = without(observed.filter(isLive), wanted);
  return others.length === 0
    ? ok(`only ${listed([...new Set(wanted.map(targetKey))])}`)
    : failed(`also registered: ${others.map((target) => `${targetKey(target)} (${target.state})`).join(', ')}`);
}

/** Who owns the addresses that the group holds, and those that it should hold. */
function ownersVerdict({ database, policy }: Pick<Config, 'database' | 'policy'>, state: RunState, seen: Surroundings) {
  const { databaseNetwork, interfaces } = seen;
  const told = databaseNetwork?.kind === 'read' ? databaseNetwork.value.securityGroupIds : [];
  const groups = told.length > 0 ? told : database.securityGroups;
  const addresses = [...new Set(targetsOf(state).map(({ ip }) => ip))];
  if (!groups) return notChecked('the security groups of the database are not known; set DATABASE_SECURITY_GROUPS');
  if (!interfaces || addresses.length === 0) return notChecked('no address is known');
  const later = policy.verifyInterfaces
    ? ''
    : '; new ones are not verified before they are registered: set VERIFY_INTERFACES';
  return judge(interfaces, (found) => {
    const owners = addresses.map((ip) => ({
      ip,
      owner: ownerOf(ip, { kind: 'seen', interfaces: found }, database, groups),
    }));
    const others = owners.flatMap(({ ip, owner }) =>
      owner.kind === 'other' ? [`${ip} belongs to ${owner.found}`] : [],
    );
    const unread = owners.flatMap(({ owner }) => (owner.kind === 'unread' ? owner.why : []));
    return others.length === 0 && unread[0]
      ? notChecked(unread[0])
      : unless(others, `${listed(addresses)} with ${listed(groups)}${later}`);
  });
}
