import { contradictionOf } from './contradictions.ts';
import type { Database, DbInstance, Desired, Topology } from './domain.ts';
import { addressesOf, type Facts, type Found, hold, isAnswered, soleAddress, targetsAt, unresolved } from './facts.ts';
import { absences, followedEndpoint, type Sightings, topologyOf } from './history.ts';
import type { DnsAnswer } from './ports.ts';
import { clusterWriter, instanceWriter, writerByEndpoint } from './writer.ts';

/** What the group should hold, by what was seen. */
export function desiredFrom(facts: Facts): Desired {
  const { database, sightings } = facts;
  if (database.kind === 'hostname') return addressesOfName(facts);
  const { topology } = sightings;
  if (topology?.kind === 'not-found') return hold('NoWriter', topology.message);
  if (topology?.kind !== 'seen') return database.role === 'reader' ? withoutReaders(facts) : writerByEndpoint(facts);
  const contradiction = contradictionOf(database, topology.topology);
  if (contradiction) return contradiction;
  if (database.role === 'reader') return availableReaders(facts, topology.topology);
  return database.kind === 'instance'
    ? instanceWriter(facts, topology.topology)
    : clusterWriter(facts, topology.topology);
}

/** The names whose addresses are needed and not known yet. Ask again with the answers: a disagreement needs more names. */
export function namesWanted(database: Database, sightings: Sightings): string[] {
  const { topology, answers } = sightings;
  const instances = topologyOf(topology)?.instances ?? [];
  const followed = followedEndpoint(database, topology)?.host;
  const wanted = (): (string | undefined)[] => {
    if (database.kind === 'hostname') return [followed];
    // The followed name leads to the writer: a reader that has just been promoted must not stay because the API is late.
    if (database.role === 'reader')
      return [followed, ...hostsOf(instances.filter((one) => isWriter(one) || isServing(one)))];
    if (database.kind === 'instance') return [followed];
    const names = [followed, ...hostsOf(instances.filter(isWriter))];
    const agree = answers.size === 0 || new Set(names.map((name) => keyOf(answers.get(name ?? '')))).size === 1;
    return agree ? names : [followed, ...hostsOf(instances)];
  };
  return [...new Set(wanted())].filter((name): name is string => name !== undefined && !answers.has(name));
}

const hostsOf = (instances: readonly DbInstance[]) => instances.map(({ endpoint }) => endpoint?.host);
const isWriter = ({ role }: DbInstance): boolean => role === 'writer';

const keyOf = (answer: DnsAnswer | undefined): string => addressesOf(answer).join(' ');

/** Every address of a name. A name with many addresses shows some at a time: what it showed lately may stay, what it shows is registered. */
function addressesOfName(facts: Facts): Desired {
  const { history, sightings, pace, database } = facts;
  const host = database.hostname ?? '';
  const answer = sightings.answers.get(host);
  if (answer?.kind !== 'addresses') return unresolved(host, answer);
  const since = history.answers[0]?.at ?? sightings.at;
  const complete = history.answers.length >= absences.answers && sightings.at - since >= absences.windowMs(pace);
  const answers = [...history.answers.map((one) => one.addresses), answer.addresses];
  const addresses = [...new Set(answers.flat())].sort();
  const found = addresses.map((ip) => ({ ip, host }));
  const desired = targetsAt(facts, found, { complete, since, ...(isSample(answers) ? { isSample: true } : {}) });
  if (desired.kind === 'hold') return desired;
  // Nobody is registered by what was said a while ago.
  const spared = desired.targets.filter(({ ip }) => !isAnswered(answer, ip));
  return spared.length > 0 ? { ...desired, spared } : desired;
}

/** Route 53 gives up to eight records of a name ("Multivalue answer routing" in its developer guide): so many may be a part. */
const cappedAnswer = 8;

/**
 * Answers differ, or are as long as a cut one. Absences then prove little: five answers, each with 8 of 12 addresses drawn at random,
 * all miss a given one once in 243 times, which would cost a name of 12 a healthy target every twenty checks.
 */
const isSample = (answers: readonly (readonly string[])[]): boolean =>
  new Set(answers.map((addresses) => addresses.join(' '))).size > 1 ||
  answers.some(({ length }) => length >= cappedAnswer);

/**
 * Statuses in which an instance accepts connections ("DB instance status" in the RDS user guide). Others, such as `rebooting`,
 * `stopped`, `creating` or `storage-full`, mean that it does not, or that nobody can tell.
 */
const servingStatuses = new Set([
  'available',
  'backing-up',
  'modifying',
  'renaming',
  'moving-to-vpc',
  'converting-to-vpc',
  'resetting-master-credentials',
  'storage-optimization',
  'storage-config-upgrade',
  'storage-initialization',
]);

const isServing = ({ status }: DbInstance): boolean => servingStatuses.has(status) || status.startsWith('configuring-');

function availableReaders(facts: Facts, topology: Topology): Desired {
  const { answers, at } = facts.sightings;
  const readers = topology.instances.filter((instance) => instance.role === 'reader' && isServing(instance));
  const [first] = readers;
  if (!first) return withoutReaders(facts);
  const found = readers.flatMap((reader) => foundAt(facts, reader));
  if (found.length === 0) return unresolved(first.endpoint?.host ?? first.id, answers.get(first.endpoint?.host ?? ''));
  const writerIps = addressesOf(answers.get(topology.endpoint?.host ?? ''));
  const readable = found.filter(({ ip }) => !writerIps.includes(ip));
  if (readable.length === 0) return withoutReaders(facts);
  const desired = targetsAt(facts, readable, { complete: found.length === readers.length, since: at });
  if (desired.kind === 'hold') return desired;
  // Where DNS names another writer, either may be late. If it is the API, then its writer is a reader by now, and a good one.
  const reported = topology.instances.filter(isWriter).flatMap((writer) => foundAt(facts, writer));
  const disputed = writerIps.length > 0 ? reported.filter(({ ip }) => !writerIps.includes(ip)) : [];
  const spared = targetsAt(facts, disputed, { complete: true, since: at });
  return spared.kind === 'targets' ? { ...desired, spared: spared.targets } : desired;
}

/** Where an instance is, if DNS gives it one address. */
function foundAt({ sightings: { answers } }: Facts, { endpoint }: DbInstance): readonly Found[] {
  const ip = soleAddress(answers.get(endpoint?.host ?? ''));
  return endpoint && ip ? [{ ip, host: endpoint.host, port: endpoint.port }] : [];
}

function withoutReaders({ sightings: { topology } }: Facts): Desired {
  if (topology?.kind === 'unavailable') return hold('TopologyUnavailable', topology.error.message);
  return hold('NoReader', 'no reader is available; the writer is never registered in its place');
}
