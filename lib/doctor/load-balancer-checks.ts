import { canHoldTargets } from '../addresses.ts';
import type { RunState } from '../observations/run-state.ts';
import { zoneGap, zoneGaps } from '../remarks.ts';
import { admission, concerns, departure, type Groups, ofFamily, type Side } from './admission.ts';
import { both, type Reading } from './reading.ts';
import type { GroupSettings, LoadBalancer, Rule, Surroundings } from './surroundings.ts';
import { failed, judge, listed, notChecked, ok, unless, type Verdict, worst } from './verdict.ts';

const crossZone = 'load_balancing.cross_zone.enabled';

/** The way from a consumer through the load balancer to the database. */
export function loadBalancerChecks(state: RunState, seen: Surroundings) {
  const { group, loadBalancers, securityGroups } = seen;
  return {
    'load-balancer-forwards': judge(loadBalancers, (found) => {
      const used = found.filter(({ ports }) => ports.length > 0);
      return used.length > 0
        ? ok(used.map(({ name, ports }) => `${name}, port ${ports.join(', ')}`).join('; '))
        : failed('no listener of a load balancer forwards to the group');
    }),
    'zones-cover-database': zonesVerdict(state, seen),
    'cross-zone-on': each(both(loadBalancers, group), (balancer, settings) =>
      isCrossZone(balancer, settings) ? ok(`${balancer.name}: on`) : failed(`${balancer.name}: off`),
    ),
    'load-balancer-admits-consumers': each(both(loadBalancers, securityGroups), consumersVerdict),
    ...databaseWay(state, seen),
  } as const satisfies Record<string, Verdict>;
}

/** The same for each load balancer; the worst counts. */
const each = <T>(
  reading: Reading<readonly [readonly LoadBalancer[], T]>,
  verdict: (balancer: LoadBalancer, other: T) => Verdict,
): Verdict =>
  judge(reading, ([balancers, other]) =>
    balancers.length > 0
      ? worst(balancers.map((balancer) => verdict(balancer, other)))
      : notChecked('no load balancer uses the group'),
  );

function zonesVerdict({ topology, group }: RunState, { loadBalancers, databaseNetwork }: Surroundings): Verdict {
  if (!databaseNetwork) return notChecked('no API says in which zones a host name lives');
  const home = topology?.observation.kind === 'seen' ? topology.observation.topology.home : undefined;
  // Every role may read these; only with diagnostics is there more.
  const gaps = zoneGaps(group, home);
  if (gaps && group?.loadBalancers?.length && loadBalancers.kind !== 'read')
    return unless(gaps, group.loadBalancers.map(({ name, zones }) => `${name}: ${listed(zones)}`).join('; '));
  return each(both(loadBalancers, databaseNetwork), ({ name, zones }, database) => {
    const missing = database.zones.filter((zone) => !zones.includes(zone));
    return missing.length > 0
      ? failed(
          zoneGap({ name, zones }, home) ?? `${name} has no subnet in ${missing.join(', ')}, where the database may be`,
        )
      : ok(`${name}: ${listed(zones)}`);
  });
}

/** The group's own setting goes before the load balancer's. */
export function isCrossZone({ attributes }: LoadBalancer, group: GroupSettings): boolean {
  const own = group.attributes.get(crossZone);
  return (own === 'true' || own === 'false' ? own : attributes.get(crossZone)) === 'true';
}

function consumersVerdict(balancer: LoadBalancer, groups: Groups): Verdict {
  const { name, ports, securityGroupIds, judgesPrivateLink } = balancer;
  if (securityGroupIds.length === 0) return ok(`${name} has no security group: it admits every client`);
  if (!judgesPrivateLink) return ok(`${name} admits whatever comes through PrivateLink`);
  // A shared load balancer has rules for other databases, too.
  const rules = securityGroupIds
    .flatMap((id) => groups.get(id)?.ingress ?? [])
    .filter((rule) => ports.some((port) => concerns(rule, port)));
  const closed = ports.filter((port) => !rules.some((rule) => concerns(rule, port)));
  const idle = ports.filter(
    (port) => !closed.includes(port) && !rules.some((rule) => concerns(rule, port) && admitsClients(rule)),
  );
  const ranges = rules.flatMap(({ cidrs }) => cidrs).filter((cidr) => !canHoldTargets(cidr));
  return unless(
    [
      closed.length > 0 && `no rule of ${securityGroupIds.join(', ')} admits any client on port ${closed.join(', ')}`,
      idle.length > 0 &&
        `no client gets in on port ${idle.join(', ')}: PrivateLink shows clients by their own private addresses, never by ${listed(ranges)}`,
    ],
    `${name} admits ${listed(rules.flatMap((rule) => [...rule.cidrs, ...rule.groupIds, ...rule.prefixListIds]))}`,
  );
}

const admitsClients = ({ cidrs, groupIds, prefixListIds }: Rule): boolean =>
  cidrs.some(canHoldTargets) || groupIds.length > 0 || prefixListIds.length > 0;

function databaseWay({ desired }: RunState, { loadBalancers, databaseNetwork, securityGroups, subnets }: Surroundings) {
  const [target] = desired?.kind === 'targets' ? desired.targets : [];
  if (!target || !databaseNetwork) {
    const said = notChecked(target ? 'no API says which security groups a host name has' : 'no address is known');
    return { 'load-balancer-reaches-database': said, 'database-admits-load-balancer': said };
  }
  const rules = both(both(securityGroups, subnets), databaseNetwork);
  return {
    'load-balancer-reaches-database': each(both(loadBalancers, rules), (balancer, [[groups], { securityGroupIds }]) =>
      departure(sideOf(balancer), target, securityGroupIds, groups),
    ),
    'database-admits-load-balancer': each(both(loadBalancers, rules), (balancer, [[groups, known], database]) =>
      admission(database.securityGroupIds, sideOf(balancer), target.port, groups, ofFamily(known, target.ip)),
    ),
  };
}

const sideOf = ({ name, securityGroupIds, subnetIds }: LoadBalancer): Side => ({ name, securityGroupIds, subnetIds });
