import { contradictionOf } from '../contradictions.ts';
import { type Database, type DbInstance, type Desired, type Topology, without } from '../domain.ts';
import { customMembers } from '../observations/custom-members.ts';
import {
  addressesOf,
  type DecisionInput,
  type Found,
  hold,
  soleAddress,
  targetsAt,
  unresolved,
} from '../observations/decision-input.ts';
import { addressKey, followedEndpoint, type Lookups, topologyOf } from '../observations/observations.ts';
import { sampleOf } from '../observations/partial-answers.ts';
import { saysWriter, writerByProbe } from './probe.ts';
import { clusterWriter, instanceWriter, writerByEndpoint } from './writer.ts';

/** What the group should hold, by the observations. */
export function desiredFrom(input: DecisionInput): Desired {
  const { database, lookups } = input;
  if (database.kind === 'hostname') return addressesOfName(input);
  const { topology } = lookups;
  if (topology?.kind === 'not-found') return hold('NoWriter', topology.message);
  if (topology?.kind !== 'seen')
    return database.role === 'writer' ? (writerByProbe(input) ?? writerByEndpoint(input)) : withoutReaders(input);
  const contradiction = contradictionOf(database, topology.topology);
  if (contradiction) return contradiction;
  if (database.role === 'reader') return availableReaders(input, topology.topology, topology.topology.instances);
  if (database.role === 'custom') return membersOfCustomEndpoint(input, topology.topology);
  const byOthers = database.kind === 'instance' ? instanceWriter : clusterWriter;
  return writerByProbe(input) ?? byOthers(input, topology.topology);
}

/**
 * The names whose addresses are needed and not known yet. Call again with the answers: a disagreement needs more names.
 * @param isProbed the members are asked, so that the addresses of all of them are needed
 */
export function namesWanted(database: Database, lookups: Lookups, isProbed = false): string[] {
  const { topology, answers } = lookups;
  const instances = topologyOf(topology)?.instances ?? [];
  const followed = followedEndpoint(database, topology)?.host;
  const wanted = (): (string | undefined)[] => {
    if (database.kind !== 'cluster' && database.role === 'writer') return [followed];
    if (isProbed) return [followed, ...hostsOf(instances)];
    // The followed name leads to the writer: a reader that has just been promoted must not stay because the API is late.
    if (database.role !== 'writer')
      return [followed, ...hostsOf(instances.filter((one) => isWriter(one) || !isIdle(one)))];
    const names = [followed, ...hostsOf(instances.filter(isWriter))];
    const agree = new Set(names.map((name) => addressKey(addressesOf(answers.get(name ?? ''))))).size === 1;
    return agree ? names : [followed, ...hostsOf(instances)];
  };
  return [...new Set(wanted())].filter((name): name is string => name !== undefined && !answers.has(name));
}

const hostsOf = (instances: readonly DbInstance[]) => instances.map(({ endpoint }) => endpoint?.host);
const isWriter = ({ role }: DbInstance): boolean => role === 'writer';

/**
 * Every address of a name. A name may show only some at a time: what it has shown may stay until its absence is proven. What it shows now
 * is registered; what it showed earlier only once the answers prove that it rotates its addresses, since DNS also flaps after a move.
 */
function addressesOfName(input: DecisionInput): Desired {
  const { observations, lookups, database, live, foreign } = input;
  const host = database.hostname ?? '';
  const answer = lookups.answers.get(host);
  if (answer?.kind !== 'addresses') return unresolved(host, answer);
  const sample = sampleOf(input);
  const found = sample.shown.map((ip) => ({ ip, host }));
  const [latest, since] = [observations.answers.at(-1), observations.answers[0]?.at ?? lookups.at];
  const desired = targetsAt(input, found, { complete: true, since });
  if (desired.kind === 'hold') return desired;
  const shownNow = new Set(latest?.addresses);
  const tolerated = sample.rotates ? [] : desired.targets.filter(({ ip }) => !shownNow.has(ip));
  // A name says nothing about ports: a target at another one than the configured is stale, whatever the answers show.
  const ports = new Set(desired.targets.map(({ port }) => port));
  const undecided = without(live, desired.targets).filter(
    (target) => ports.has(target.port) && !foreign?.has(target.ip) && !sample.isGone(target),
  );
  return {
    ...desired,
    ...(tolerated.length > 0 ? { tolerated } : {}),
    ...(undecided.length > 0 ? { undecided } : {}),
    ...(sample.mayHaveMore ? { mayHaveMore: true } : {}),
  };
}

/** Statuses in which an instance accepts connections ("DB instance status" in the RDS user guide). */
const serving =
  /^(available|backing-up|configuring-.*|(converting|moving)-to-vpc|modifying|renaming|resetting-master-credentials|storage-(config-upgrade|initialization|optimization))$/;
const isServing = ({ status }: DbInstance): boolean => serving.test(status);

/** Those in which it does not, or may not. RDS adds statuses: what none of the two knows says nothing. */
const idle =
  /^(backtracking|creating|delet|failed|inaccessible-|incompatible-|insufficient-capacity|maintenance|rebooting|restor|start|stop|storage-full|upgrading)/;
const isIdle = ({ status }: DbInstance): boolean => idle.test(status);

/** Every available member of `among` that is a reader. */
function availableReaders(input: DecisionInput, topology: Topology, among: readonly DbInstance[]): Desired {
  const { answers } = input.lookups;
  const writerIps = addressesOf(answers.get(topology.endpoint?.host ?? ''));
  const readers = among.filter((one) => !isWriter(one));
  const desired = available(input, readers, (ip) => !writerIps.includes(ip) && !saysWriter(input, ip));
  // Where DNS names another writer, either source may be late. If the API is, its writer is an ordinary reader by now.
  const reported = among.filter(isWriter).flatMap((writer) => foundAt(input, writer));
  const isDisputed = ({ ip }: Found) => writerIps.length > 0 && !writerIps.includes(ip) && !saysWriter(input, ip);
  return tolerating(input, desired, reported.filter(isDisputed));
}

/** Beside what is tolerated already. */
function tolerating(input: DecisionInput, desired: Desired, found: readonly Found[]): Desired {
  if (desired.kind === 'hold' || found.length === 0) return desired;
  const more = targetsAt(input, found, desired.evidence);
  return more.kind === 'targets' ? { ...desired, tolerated: [...(desired.tolerated ?? []), ...more.targets] } : desired;
}

function membersOfCustomEndpoint(input: DecisionInput, topology: Topology): Desired {
  const members = customMembers(input.database, topology);
  if ('kind' in members) return members;
  // It does not matter which of them is the writer, so no source can be wrong about it.
  if (members.leadsToWriter) return available(input, members.listed, () => true);
  return availableReaders(input, topology, members.listed);
}

/** Those that accept connections, each at its own endpoint's address. One whose status says nothing may stay where it is. */
function available(input: DecisionInput, instances: readonly DbInstance[], isWanted: (ip: string) => boolean): Desired {
  const { answers, at } = input.lookups;
  const open = instances.filter(isServing);
  const [first] = open;
  if (!first) return withoutReaders(input);
  const found = open.flatMap((one) => foundAt(input, one));
  if (found.length === 0) return unresolved(first.endpoint?.host ?? first.id, answers.get(first.endpoint?.host ?? ''));
  const wanted = found.filter(({ ip }) => isWanted(ip));
  if (wanted.length === 0) return withoutReaders(input);
  const unclear = instances.filter((one) => !isServing(one) && !isIdle(one)).map((one) => foundAt(input, one));
  const complete = found.length === open.length && unclear.every((places) => places.length > 0);
  const kept = unclear.flat().filter(({ ip }) => isWanted(ip));
  return tolerating(input, targetsAt(input, wanted, { complete, since: at }), kept);
}

/** Where an instance is, if DNS gives it one address. */
function foundAt({ lookups: { answers } }: DecisionInput, { endpoint }: DbInstance): readonly Found[] {
  if (!endpoint) return [];
  const ip = soleAddress(answers.get(endpoint.host));
  return ip ? [{ ...endpoint, ip }] : [];
}

function withoutReaders({ database: { customEndpoint }, lookups: { topology } }: DecisionInput): Desired {
  if (topology?.kind === 'unavailable') return hold('TopologyUnavailable', topology.error.message);
  if (customEndpoint)
    return hold(
      'NoReader',
      `no member of custom endpoint ${customEndpoint} is available, and no other stands in for it`,
    );
  return hold('NoReader', 'no reader is available; the writer is never registered in its place');
}
