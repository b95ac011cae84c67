import type { Desired, Evidence, Topology } from '../domain.ts';
import {
  type DecisionInput,
  type Found,
  hold,
  soleAddress,
  targetsAt,
  unresolved,
} from '../observations/decision-input.ts';
import { stabilityMs } from '../observations/observations.ts';

/** The writer of an instance: the address of its endpoint. */
export function instanceWriter(input: DecisionInput, topology: Topology): Desired {
  const instance = topology.instances.find(({ role }) => role === 'writer');
  if (!instance) return hold('NoWriter', `the RDS API lists no DB instance ${input.database.id}`);
  if (!topology.endpoint) return withoutEndpoint(`DB instance ${instance.id} (${instance.status})`);
  return writerAt(input, { ...topology.endpoint, instanceId: instance.id });
}

/**
 * The writer of a cluster: topology and the cluster endpoint's address have to name the same instance. Either may be late, the API
 * by minutes and DNS by half a minute, and DNS flaps; so while they differ the run holds until one of them has proven itself.
 */
export function clusterWriter(input: DecisionInput, topology: Topology): Desired {
  const writers = topology.instances.filter(({ role }) => role === 'writer');
  const [reported] = writers;
  if (!reported || writers.length > 1) {
    const found = writers.length === 0 ? 'no member' : writers.map(({ id }) => id).join(' and ');
    return hold(
      'NoWriter',
      `the RDS API reports ${found} as writer of cluster ${input.database.id}; it should report one`,
    );
  }
  if (!topology.endpoint) return withoutEndpoint(`cluster ${input.database.id}`);
  if (!reported.endpoint) return withoutEndpoint(`the writer ${reported.id} (${reported.status})`);
  const { answers, at } = input.lookups;
  const clusterHost = topology.endpoint.host;
  const clusterIp = soleAddress(answers.get(clusterHost));
  if (!clusterIp) return unresolved(clusterHost, answers.get(clusterHost));

  const reportedIp = soleAddress(answers.get(reported.endpoint.host));
  const reportedWriter = {
    ...reported.endpoint,
    port: reported.endpoint.port ?? topology.endpoint.port,
    instanceId: reported.id,
  };
  if (clusterIp === reportedIp) return writerAt(input, reportedWriter);

  // RDS's own event and the API name the same instance, so it is DNS that lags. Once this run has seen DNS move, DNS counts again.
  const dnsMoved = input.observations.followed?.moved ?? false;
  if (reportedIp && input.named === reported.id.toLowerCase() && !dnsMoved) return writerAt(input, reportedWriter);

  const owner = topology.instances.find(
    ({ endpoint }) => endpoint && soleAddress(answers.get(endpoint.host)) === clusterIp,
  );
  const since = input.observations.followed?.since ?? at;
  if (owner && at - since >= stabilityMs(input.timings)) {
    const port = owner.endpoint?.port ?? topology.endpoint.port;
    return writerAt(input, { host: clusterHost, port, instanceId: owner.id }, { since, isContested: true });
  }
  if (!reportedIp && !owner) return unresolved(reported.endpoint.host, answers.get(reported.endpoint.host));
  const dns = owner ? `${clusterIp} (${owner.id})` : `${clusterIp}, which is no member's address`;
  const message = `the RDS API reports ${reported.id} (${reportedIp ?? 'no address'}) as writer, ${clusterHost} resolves to ${dns}`;
  return hold('SourcesDisagree', message);
}

/** The RDS API does not answer: the endpoint that was known at deployment still says where the writer is. */
export function writerByEndpoint(input: DecisionInput): Desired {
  const { database, observations, lookups } = input;
  const why = lookups.topology?.kind === 'unavailable' ? lookups.topology.error.message : 'the RDS API was not asked';
  if (!database.endpoint)
    return hold('TopologyUnavailable', `${why} Set DATABASE_ENDPOINT to go on without the RDS API.`);
  // Of a cluster's two sources one is left.
  const doubts = database.kind === 'cluster' ? { withoutApi: why } : {};
  return writerAt(input, database.endpoint, { since: observations.followed?.since ?? lookups.at, ...doubts });
}

type Place = Omit<Found, 'ip'> & { readonly instanceId?: string };

function writerAt(input: DecisionInput, place: Place, evidence: Partial<Evidence> = {}): Desired {
  const answer = input.lookups.answers.get(place.host);
  const ip = soleAddress(answer);
  return ip ? asWriter(input, { ...place, ip }, evidence) : unresolved(place.host, answer);
}

/** The writer alone, at the address that was found. */
export function asWriter(input: DecisionInput, found: Found & Place, evidence: Partial<Evidence>): Desired {
  const { instanceId } = found;
  const desired = targetsAt(input, [found], { complete: true, since: input.lookups.at, ...evidence });
  const [target] = desired.kind === 'targets' ? desired.targets : [];
  if (desired.kind === 'hold' || !target) return desired;
  return { ...desired, writer: { ...(instanceId ? { instanceId } : {}), address: target.ip, port: target.port } };
}

const withoutEndpoint = (what: string) => hold('WriterWithoutEndpoint', `${what} has no endpoint yet`);
