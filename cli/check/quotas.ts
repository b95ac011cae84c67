import {
  type ElasticLoadBalancingV2Client,
  paginateDescribeAccountLimits,
  paginateDescribeLoadBalancers,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { type EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { stackNameOf } from '../../infra/config/database-entry.ts';
import type { DatabaseEntry } from '../../infra/config/databases.ts';
import type { Ask } from '../init/account.ts';
import { type Finding, findingsOf, makesBalancer, notChecked } from './findings.ts';
import { type Ground, type Tried, tried } from './ground.ts';

/* Whether the account has room for what the entries would add. They are about all entries together. */

type Clients = { readonly elbv2: ElasticLoadBalancingV2Client; readonly rules: EventBridgeClient; readonly ask: Ask };

/**
 * AWS's default for rules on a bus ("Amazon EventBridge quotas"); no API that the command has tells whether it was raised.
 */
const defaultRules = (region: string): number => (['af-south-1', 'eu-south-1'].includes(region) ? 100 : 300);

export async function quotaFindings(
  { elbv2, rules, ask }: Clients,
  entries: readonly DatabaseEntry[],
  { ours }: Ground,
  region: string,
): Promise<readonly Finding[]> {
  const names = await tried(() => ask('events:ListRules', () => rulesOf(rules)));
  const isNew = (entry: Parameters<typeof stackNameOf>[0]) =>
    !('value' in ours && ours.value.some(({ name }) => name === stackNameOf(entry)));
  const making = entries.filter(makesBalancer);
  const shared = [...new Set(making.flatMap(({ loadBalancer }) => loadBalancer ?? []))];
  const own = making.filter((entry) => !entry.loadBalancer && isNew(entry));
  // A database behind a shared load balancer has no endpoint service, but a rule.
  const joining = making.filter((entry) => entry.loadBalancer && !('value' in names && hasRule(names.value, entry)));
  const listeners = shared.map((one) => making.filter(({ loadBalancer }) => loadBalancer === one).length);
  const more: More = {
    balancers: own.length + shared.filter(isNew).length,
    groups: own.length + joining.length,
    listeners: Math.max(1, ...listeners),
  };
  return [
    ...(more.balancers + more.groups > 0 ? await balancerQuotas(elbv2, ask, more) : []),
    ...ruleQuota(
      names,
      entries.filter(({ access }) => access !== 'resource-gateway'),
      region,
    ),
  ];
}

/** What the entries would add; `listeners`: to the load balancer that gets most. */
type More = { readonly balancers: number; readonly groups: number; readonly listeners: number };

async function balancerQuotas(client: ElasticLoadBalancingV2Client, ask: Ask, more: More): Promise<readonly Finding[]> {
  const counted = await tried(async () => {
    const [limits, balancers, groups] = await Promise.all([
      ask('elasticloadbalancing:DescribeAccountLimits', () => limitsOf(client)),
      ask('elasticloadbalancing:DescribeLoadBalancers', () => balancersOf(client)),
      ask('elasticloadbalancing:DescribeTargetGroups', () => groupsOf(client)),
    ]);
    return { limits, balancers, groups };
  });
  if ('why' in counted) return notChecked('quota-load-balancers', [], counted.why);
  const { limits, balancers, groups } = counted.value;
  return [
    ...roomFor('quota-load-balancers', 'network load balancers', {
      more: more.balancers,
      has: balancers,
      most: limits.get('network-load-balancers'),
    }),
    ...roomFor('quota-target-groups', 'target groups', {
      more: more.groups,
      has: groups,
      most: limits.get('target-groups'),
    }),
    ...roomFor('quota-listeners', 'listeners of a load balancer', {
      more: more.listeners,
      has: 0,
      most: limits.get('listeners-per-network-load-balancer'),
    }),
  ];
}

type Count = { readonly more: number; readonly has: number; readonly most: number | undefined };

function roomFor(check: string, what: string, { more, has, most }: Count, unless = ''): readonly Finding[] {
  if (most === undefined) return notChecked(check, [], `the API gives no limit of ${what}`);
  if (has + more <= most) return findingsOf(check, [], [], `${has} of ${most} ${what}, and ${more} more`);
  const detail = `the file adds ${more} to ${has} ${what}, and the account may have ${most}${unless}`;
  const remedy = `Raise the quota in Service Quotas, or write at most ${Math.max(0, most - has)} more entries.`;
  return [{ check, result: 'failed', path: [], detail, remedy }];
}

/** A stack's rule is named after it; CloudFormation adds the rest. */
const hasRule = (names: readonly string[], entry: DatabaseEntry): boolean =>
  names.some((name) => name.startsWith(`${stackNameOf(entry)}-`));

function ruleQuota(
  names: Tried<readonly string[]>,
  entries: readonly DatabaseEntry[],
  region: string,
): readonly Finding[] {
  const check = 'quota-rules';
  if ('why' in names) return notChecked(check, [], names.why);
  const fresh = entries.filter((entry) => !hasRule(names.value, entry));
  // Without a role of its own there is no schedule, and a second rule takes its place.
  const more = fresh.reduce((sum, { roles }) => sum + (roles?.executionRoleArn ? 2 : 1), 0);
  const has = names.value.length;
  const most = defaultRules(region);
  if (has > most)
    return notChecked(
      check,
      [],
      `${has} rules on the default event bus: its quota was raised above ${most}, and ${more} more come`,
    );
  return roomFor(check, 'rules of the default event bus', { more, has, most }, ', unless the quota was raised');
}

async function limitsOf(client: ElasticLoadBalancingV2Client): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for await (const { Limits = [] } of paginateDescribeAccountLimits({ client }, {}))
    for (const { Name = '', Max } of Limits) found.set(Name, Number(Max));
  return found;
}

async function balancersOf(client: ElasticLoadBalancingV2Client): Promise<number> {
  let count = 0;
  for await (const { LoadBalancers = [] } of paginateDescribeLoadBalancers({ client }, {}))
    count += LoadBalancers.filter(({ Type }) => Type === 'network').length;
  return count;
}

async function groupsOf(client: ElasticLoadBalancingV2Client): Promise<number> {
  let count = 0;
  for await (const { TargetGroups = [] } of paginateDescribeTargetGroups({ client }, {})) count += TargetGroups.length;
  return count;
}

async function rulesOf(client: EventBridgeClient): Promise<readonly string[]> {
  const found: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListRulesCommand({ NextToken, Limit: 100 }));
    found.push(...(page.Rules ?? []).map(({ Name = '' }) => Name));
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}
