import type { Database, DbInstance, Hold, HoldReason, Topology } from './domain.ts';
import type { GroupNature, Nature } from './nature.ts';

/*
 * Where the configuration says something that the API contradicts: what the thing is, and what to write instead. Everything that
 * stops a run for this reason is here; what is only said beside its result is in remarks.ts. docs/runbook.md has a section for each reason of a hold.
 */

const hold = (reason: HoldReason, message: string): Hold => ({ kind: 'hold', reason, message });

/** Why what the API describes cannot be what the configuration means. */
export function contradictionOf(database: Database, { nature = {}, instances, endpoint }: Topology): Hold | undefined {
  const { id = '', role } = database;
  if (database.kind === 'instance') return memberOrReplica(database, nature);
  if (nature.design)
    return hold(role === 'writer' ? 'NoWriter' : 'NoReader', withoutInstances(id, nature, endpoint?.host));
  // One without instances of its own replicates all the same; of a primary cluster that has lost them all, the API names no source.
  const isSecondary = instances.length > 0 ? isReplicated(nature) : nature.replicaOf !== undefined;
  return isSecondary && instances.every((one) => one.role === 'reader') && role === 'writer'
    ? hold('NoWriter', secondary(id, nature))
    : undefined;
}

function memberOrReplica(
  { id = '', role, isMember }: Database,
  { memberOf, replicaOf, isOfCluster }: Nature,
): Hold | undefined {
  if (memberOf && !isMember) {
    return hold(
      'ClusterMember',
      `${id} is a member of cluster ${memberOf}; use kind cluster ("kind": "cluster", "id": "${memberOf}"), or "member": true (DATABASE_MEMBER=true) if this one instance is meant, writer or not`,
    );
  }
  if (role !== 'reader') return undefined;
  if (memberOf)
    return hold(
      'NoReader',
      `${id} is a member of cluster ${memberOf} and has no replicas of its own; use kind cluster with "role": "reader" for the readers of ${memberOf}, or leave "role" out to follow ${id} alone`,
    );
  if (!replicaOf) return undefined;
  // RDS names what is in another Region by its ARN, and there nothing can be followed from here; a cluster's readers are its members.
  const all =
    isOfCluster || replicaOf.startsWith('arn:')
      ? ''
      : `use "id": "${replicaOf}" with "role": "reader" for all its replicas, or `;
  return hold('NoReader', `${id} is a replica of ${replicaOf} itself; ${all}leave "role" out to follow ${id} alone`);
}

/** Members of which no event wakes the function. A run goes on: the cluster's own events do, and the schedule. */
export function prefixFault({ id = '', memberPrefix, role }: Database, { instances }: Topology): string | undefined {
  const outside = instances
    .filter((one) => !isMemberName(one.id, memberPrefix) && !(role === 'writer' && isAutoscaledReader(one)))
    .map((one) => one.id);
  return outside.length > 0
    ? `members of ${id} do not begin with "${memberPrefix}": ${outside.join(', ')}; their events wake no function, and the next check finds what they changed. Set "memberPrefix" (DATABASE_MEMBER_PREFIX) to what all members begin with, or leave it out`
    : undefined;
}

/** Aurora Auto Scaling chooses the name (`application-autoscaling-UUID`), and a writer's group needs no event about a reader. */
export const isAutoscaledReader = ({ id, role }: DbInstance): boolean =>
  role === 'reader' && /^application-autoscaling-/i.test(id);

/** RDS keeps identifiers in lower case. */
export const isMemberName = (id: string, prefix = ''): boolean => id.toLowerCase().startsWith(prefix.toLowerCase());

const isReplicated = ({ globalDatabase, replicaOf }: Nature): boolean => (globalDatabase ?? replicaOf) !== undefined;

function secondary(id: string, { globalDatabase, replicaOf }: Nature): string {
  const whose = globalDatabase
    ? `a secondary cluster of global database ${globalDatabase}`
    : `a replica of ${replicaOf}`;
  const from = globalDatabase && replicaOf ? `, which replicates ${replicaOf}` : '';
  return `${id} is ${whose}${from}: its writer is in the primary cluster. Use "role": "reader" for the readers here, or follow the primary cluster in its own Region`;
}

/** Neither shows a DB instance: their names lead to routers that AWS keeps, one address at a time. */
function withoutInstances(id: string, { design }: Nature, host = "the cluster's endpoint"): string {
  const what = design === 'limitless' ? 'an Aurora Limitless Database' : 'an Aurora Serverless v1 cluster';
  return `${id} is ${what}, which has no DB instances to follow; use kind hostname with ${host}`;
}

/** What the API knows by the same identifier, when it knows nothing of the kind that the configuration says. */
export type Namesake =
  | { readonly kind: 'cluster' }
  | { readonly kind: 'instance'; readonly memberOf?: string }
  | { readonly kind: 'none' };

/** The form of RDS's own ids, which users do not choose: no user writes so many capitals behind a small prefix. */
export const isResourceId = (text: string): boolean =>
  /^((db|cluster)-(?=\d*[A-Z])[A-Z0-9]{16,}|prx-[0-9a-f]{17})$/.test(text);

const named = {
  db: 'a DB instance; write its identifier, which the RDS console shows as "DB identifier" and the API as DBInstanceIdentifier',
  cluster:
    'a DB cluster; write its identifier, which the RDS console shows as "DB identifier" and the API as DBClusterIdentifier',
  prx: 'an RDS Proxy; write its name, which the RDS console shows as "Proxy identifier" and the API as DBProxyName',
};

/** What follows the refusal of an identifier that is an ARN, an endpoint or a resource id: the identifier in it, or where it stands. */
export function identifierHint(text: string): string {
  if (isResourceId(text)) return `; ${text} is the resource id of ${named[text.split('-')[0] as keyof typeof named]}`;
  const [, inArn] = /^arn:[^:]*:rds:[^:]*:[^:]*:(?:db|cluster):([\w-]+)$/i.exec(text) ?? [];
  const [, inName] = /^([a-z][a-z0-9-]*)\.[a-z0-9.-]+(?::\d+)?$/i.exec(text) ?? [];
  const id = inArn ?? inName;
  return id ? `; write the identifier alone: ${id}` : '';
}

/** @param namesake undefined when it is not known */
export function notFoundMessage({ kind, id }: Pick<Database, 'kind' | 'id'>, namesake: Namesake | undefined): string {
  const unknown = `the RDS API knows no DB ${kind} ${id} in this account and Region`;
  switch (namesake?.kind) {
    case 'cluster':
      return `${unknown}: ${id} is a DB cluster; use kind cluster`;
    case 'instance':
      return namesake.memberOf
        ? `${unknown}: ${id} is a member of cluster ${namesake.memberOf}; use "id": "${namesake.memberOf}"`
        : `${unknown}: ${id} is a DB instance; use kind instance`;
    case 'none':
      return unknown;
    case undefined:
      return `${unknown}; if it is a DB ${kind === 'cluster' ? 'instance' : 'cluster'}, use that kind`;
  }
}

const heldBy: Readonly<Record<string, string>> = {
  alb: 'Application Load Balancers',
  instance: 'EC2 instances',
  lambda: 'Lambda functions',
};

/** Why no database can stand in the group, ever: neither its type nor its protocol can be changed. */
export function groupFault(
  { targetType = 'ip', protocol = 'TCP' }: GroupNature,
  kind?: Database['kind'],
): string | undefined {
  const instead =
    'make a target group of type ip and protocol TCP, let the listener forward to it, and set TARGET_GROUP_ARN ("targetGroupArn")';
  if (targetType !== 'ip')
    return `the target group is of type ${targetType}: it holds ${heldBy[targetType] ?? 'something else'}, no addresses; ${instead}`;
  const isUdp = ['UDP', 'QUIC', 'GENEVE'].includes(protocol);
  const isHttp = ['HTTP', 'HTTPS'].includes(protocol) && kind !== undefined && kind !== 'hostname';
  return isUdp || isHttp
    ? `the protocol of the target group is ${protocol}, and a database speaks TCP; ${instead}`
    : undefined;
}

/** The type of a group by the id of one of its targets; undefined for an address. */
export function typeByTarget(id: string): string | undefined {
  if (/^i-[0-9a-f]+$/.test(id)) return 'instance';
  if (/^arn:[^:]+:lambda:/.test(id)) return 'lambda';
  return /^arn:[^:]+:elasticloadbalancing:/.test(id) ? 'alb' : undefined;
}
