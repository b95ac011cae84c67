import type { RunState } from '../observations/run-state.ts';
import { isCrossZone } from './load-balancer-checks.ts';
import { both } from './reading.ts';
import type { GroupSettings, LoadBalancer, Surroundings } from './surroundings.ts';
import { failed, judge, notChecked, unless, type Verdict } from './verdict.ts';

/** With a warm standby a failover lasts as long as the health checks: the fastest that an NLB takes. Seconds, and checks in a row. */
const fastest = { seconds: 5, checks: 2 } as const;

const denied =
  'the role may not read the interfaces that prove the standby, so none is registered anew: grant ec2:DescribeNetworkInterfaces';

/** The standby, and what makes a failover to it need no call. */
export function standbyChecks({ desired, marked }: RunState, seen: Surroundings) {
  return { 'warm-standby': standbyVerdict() } as const satisfies Record<string, Verdict>;

  function standbyVerdict(): Verdict {
    // Time does not heal it, so it is a failure, and not what is not known yet.
    if (marked?.seen.kind === 'unavailable' && marked.seen.isDenied) return failed(denied);
    const standby = desired?.kind === 'targets' ? desired.standby : undefined;
    if (!standby) return notChecked('it is not known what belongs into the group');
    if (standby.kind === 'unread') return notChecked(standby.why);
    const proof = standby.kind === 'proven' ? undefined : standby.why;
    const fine = 'proven; an unhealthy standby is normal';
    return judge(
      both(seen.group, seen.loadBalancers),
      ([group, balancers]) => unless([proof, ...setUp(group, balancers)], fine),
      proof ?? fine,
    );
  }
}

function setUp(group: GroupSettings, balancers: readonly LoadBalancer[]): (string | false)[] {
  const { healthCheckSeconds, healthyThreshold, unhealthyThreshold, attributes } = group;
  const slow = balancers.filter((balancer) => !isCrossZone(balancer, group)).map(({ name }) => name);
  const isSlow = [healthyThreshold, unhealthyThreshold].some((checks) => checks !== fastest.checks);
  return [
    (healthCheckSeconds !== fastest.seconds || isSlow) &&
      `health checks every ${healthCheckSeconds} s, thresholds ${healthyThreshold} and ${unhealthyThreshold}: a failover takes as long as they do; every 5 s with thresholds 2 is the fastest`,
    attributes.get('stickiness.enabled') === 'true' && 'stickiness is on: clients go on to the former writer',
    slow.length > 0 &&
      `cross-zone is off at ${slow.join(', ')}: after a failover clients in the zone of the former writer reach no target`,
  ];
}
