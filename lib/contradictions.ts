import type { Database, Hold, HoldReason, Nature, Topology } from './domain.ts';

/*
 * Where the configuration says something that the API contradicts: what the thing is, and what to write instead. Everything that
 * stops a run, or is said beside its result, for this reason is here. docs/runbook.md has a section for each reason of a hold.
 */

const hold = (reason: HoldReason, message: string): Hold => ({ kind: 'hold', reason, message });

/** Why what the API describes cannot be what the configuration means. */
export function contradictionOf(database: Database, { nature = {}, instances, endpoint }: Topology): Hold | undefined {
  const { id = '', role } = database;
  if (database.kind === 'instance') return memberOrReplica(database, nature);
  if (nature.design)
    return hold(role === 'reader' ? 'NoReader' : 'NoWriter', withoutInstances(id, nature, endpoint?.host));
  const isSecondary = instances.length > 0 && instances.every((one) => one.role === 'reader') && isReplicated(nature);
  return isSecondary && role === 'writer' ? hold('NoWriter', secondary(id, nature)) : undefined;
}

function memberOrReplica({ id = '', role, isMember }: Database, { memberOf, replicaOf }: Nature): Hold | undefined {
  if (memberOf && !isMember) {
    return hold(
      'ClusterMember',
      `${id} is a member of cluster ${memberOf}; use kind cluster ("kind": "cluster", "id": "${memberOf}"), or "member": true (DATABASE_MEMBER=true) if this one instance is meant, whoever writes`,
    );
  }
  if (role !== 'reader') return undefined;
  if (memberOf)
    return hold(
      'NoReader',
      `${id} is a member of cluster ${memberOf} and has no replicas of its own; use kind cluster with "role": "reader" for the readers of ${memberOf}, or leave "role" out to follow ${id} alone`,
    );
  return replicaOf
    ? hold(
        'NoReader',
        `${id} is a replica of ${replicaOf} itself; use "id": "${nameOf(replicaOf)}" with "role": "reader" for all its replicas, or leave "role" out to follow ${id} alone`,
      )
    : undefined;
}

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

/** The identifier in an ARN; RDS names what is in another Region by its ARN. */
const nameOf = (idOrArn: string): string => idOrArn.split(':').at(-1) ?? idOrArn;

/** What the API knows by the same identifier, when it knows nothing of the kind that the configuration says. */
export type Namesake =
  | { readonly kind: 'cluster' }
  | { readonly kind: 'instance'; readonly memberOf?: string }
  | { readonly kind: 'none' };

/** What follows the refusal of an identifier that is an ARN or an endpoint: the identifier in it. */
export function identifierHint(text: string): string {
  const [, inArn] = /^arn:[^:]*:rds:[^:]*:[^:]*:(?:db|cluster):([\w-]+)$/i.exec(text) ?? [];
  const [, inName] = /^([a-z][a-z0-9-]*)\.[a-z0-9.-]+(?::\d+)?$/i.exec(text) ?? [];
  const id = inArn ?? inName;
  return id ? `; write the identifier alone: ${id}` : '';
}

/** @param namesake undefined when nobody could tell */
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

const otherEngines: Readonly<Record<string, string>> = { docdb: 'an Amazon DocumentDB', neptune: 'an Amazon Neptune' };

/** What is surprising about the database, and no reason to stop. */
export function remarksOn({ id = '', kind, role }: Database, { nature = {} }: Topology): string[] {
  const { engine = '', memberOf, replicaOf } = nature;
  return [
    kind === 'instance' && memberOf && `${id} is a member of cluster ${memberOf}: after a failover it may be a reader`,
    role === 'writer' && replicaOf && `${id} is a replica of ${replicaOf}, which takes the writes`,
    otherEngines[engine] && `${id} is ${otherEngines[engine]} cluster (engine ${engine}); it is followed like Aurora`,
  ].filter((remark): remark is string => typeof remark === 'string' && remark !== '');
}
