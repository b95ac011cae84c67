import { createDrilledDatabase } from '../../cli/drill/aws.ts';
import { clientSummary, mainOutage } from '../../cli/drill/outage.ts';
import type { Probe } from '../../cli/drill/record.ts';
import type { ClientAttempt } from '../contract.ts';
import { type Attempts, type Lab, until, withClient } from '../lab.ts';
import type { Experiment, Measured } from './experiment.ts';

/** An access method that has been served this long is served for good. AWS ms. */
const stableMs = 30_000;
const everyMs = 1000;

const failover = (on: 'instance' | 'cluster'): Experiment => ({
  name: `failover-${on}`,
  title: on === 'instance' ? 'Failovers of a Multi-AZ instance' : 'Failovers of an Aurora cluster',
  question: 'How long do clients wait for a writer, with each access method?',
  method: `${on === 'instance' ? 'RebootDBInstance with failover' : 'FailoverDBCluster'}, with one client that tries each access method in turn, each time with a new connection: the same failover for all of them, so their differences are paired.`,
  decides: 'which access method to choose (docs/choose.md), and what a probe or a warm standby saves',
  on,
  runs: 5,
  isPaired: true,
  figures: {
    direct: 'directly, by the name of the database',
    reconciler: 'load balancer with the reconciler',
    probe: 'the same, and a probe',
    'warm standby': 'the same, and a warm standby',
    'resource gateway': 'resource gateway of VPC Lattice',
  },
  async run(lab, _run, _lane, signal) {
    const targets = lab.database(on).accesses.map((access) => ({
      ...{ ...access, kind: 'postgres' as const, isInside: access.name === 'direct' },
    }));
    return withClient(lab, on, { targets, everyMs }, signal, (attempts, until) => once(lab, on, attempts, until));
  },
});

export const failovers = [failover('instance'), failover('cluster')];

/** Requests a failover, once the database is available, and again while AWS does not take it: its view may be older than its state. */
export function failOver(lab: Lab, on: 'instance' | 'cluster', signal: AbortSignal): Promise<number> {
  const database = createDrilledDatabase(lab.clients(on).rds(), { kind: on, id: lab.database(on).id });
  const ask = async () => {
    const { status, readers } = await database.describe(signal);
    if (status !== 'available' || (on === 'cluster' && readers.length === 0)) return undefined;
    const requestedAt = Date.now();
    return database.failOver().then(() => requestedAt, notYet);
  };
  return until(lab, 'an accepted failover', ask, signal, 5000);
}

/** @throws what is not about the state of the database */
function notYet(error: Error): undefined {
  if (!/^InvalidDB(Instance|Cluster)State/.test((error.cause as Error | undefined)?.name ?? '')) throw error;
}

async function once(lab: Lab, on: 'instance' | 'cluster', attempts: Attempts, signal: AbortSignal): Promise<Measured> {
  const methods = lab.database(on).accesses.map(({ name }) => name);
  const of = (name: string) => attempts.all.filter(({ target }) => target === name);
  const begunAt = attempts.knownUntil;
  const areAllServed = (since: number) => areServed(lab, attempts, methods, since);
  await until(lab, 'that every access method leads to the writer', () => areAllServed(begunAt), signal);
  const requestedAt = await failOver(lab, on, signal);
  await until(
    lab,
    'that a client notices the failover',
    () => {
      const hit = methods.filter((name) => of(name).some((one) => one.at >= requestedAt && isFailed(one)));
      return hit.length > 0 || undefined;
    },
    signal,
  );
  await until(lab, 'that every access method leads to the new writer', () => areAllServed(requestedAt), signal);
  const outages = methods.map((name) => {
    const probes = of(name)
      .filter(({ at }) => at >= begunAt)
      .map(probeOf);
    return [name, (mainOutage(clientSummary(probes, Date.now()).outages)?.gapMs ?? 0) * lab.speed] as const;
  });
  return { ms: Object.fromEntries(outages), facts: serversOf(attempts, requestedAt) };
}

/** Each of these targets is served since a time, and has been for a while since its last failure. */
export const areServed = (lab: Lab, attempts: Attempts, targets: readonly string[], since: number): true | undefined =>
  targets.every((name) => {
    const own = attempts.all.filter(({ target }) => target === name);
    const failedAt = Math.max(since, ...own.filter(isFailed).map(endOf));
    return attempts.knownUntil - failedAt >= stableMs / lab.speed && own.some(({ at }) => at >= failedAt);
  }) || undefined;

const isFailed = ({ outcome }: ClientAttempt): boolean => outcome !== 'ok';
const endOf = ({ at, ms }: ClientAttempt): number => at + ms;

/** In the words of the drill, whose arithmetic of outages this is. */
const probeOf = ({ at, ms, outcome, detail }: ClientAttempt, index: number): Probe => ({
  ...{ number: index + 1, at, ms },
  ...(outcome === 'ok' ? { result: 'ok' } : { result: detail === 'read-only' ? 'read-only' : 'failed', code: outcome }),
});

function serversOf({ all }: Attempts, requestedAt: number): Record<string, string> {
  const seen = all.filter(({ server, outcome }) => server !== undefined && outcome === 'ok');
  const before = seen.findLast(({ at }) => at < requestedAt)?.server;
  const after = seen.at(-1)?.server;
  return { ...(before ? { before } : {}), ...(after ? { after } : {}) };
}
