import { createDnsResolver } from '../../lib/adapters/dns-resolver.ts';
import { createElbv2TargetGroup } from '../../lib/adapters/elbv2-target-group.ts';
import { systemClock } from '../../lib/adapters/system-clock.ts';
import type { Report } from '../../lib/domain.ts';
import type { Occurrence } from '../../sandbox/journal.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { type Clients, createClients } from '../clients.ts';
import { runOf } from './adapters/function-logs.ts';
import { createDrilledDatabase } from './adapters/rds.ts';
import { chooseClient } from './clients/choose.ts';
import type { DrillPace, DrillPorts, Witness } from './ports.ts';
import type { Invocation, Observation } from './record.ts';

/** AWS milliseconds. Nobody else calls these APIs, so they are asked more often than on AWS. */
const pace: DrillPace = {
  probeMs: 100,
  dnsMs: 200,
  targetsMs: 300,
  topologyMs: 1000,
  chronicleMs: 1000,
  stableMs: 30_000,
  deadlineMs: 600_000,
};

/** Below this a machine under load only measures itself. */
const fastestMs = 10;

export const sandboxPace = (speed: number): DrillPace =>
  Object.fromEntries(Object.entries(pace).map(([name, ms]) => [name, Math.max(fastestMs, ms / speed)])) as DrillPace;

const timeoutMs = 1000;

/** The drill's ports on a sandbox: AWS's APIs and DNS on the wire, and the journal for what only a sandbox knows. */
export async function sandboxPorts(sandbox: Sandbox): Promise<{ ports: DrillPorts; clients: Clients }> {
  const { api, database, dns, targetGroup, loadBalancer } = sandbox;
  const clients = createClients({
    region: 'eu-central-1',
    endpoint: api.url,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
  });
  const ports: DrillPorts = {
    clock: systemClock,
    database: createDrilledDatabase(clients.rds(), { kind: database.kind, id: database.id }),
    resolver: createDnsResolver({ servers: [dns.address] }),
    targetGroup: createElbv2TargetGroup(clients.elbv2(), targetGroup.arn),
    client: await chooseClient('postgres://postgres@sandbox/postgres', loadBalancer, timeoutMs),
    chronicles: [],
    witness: witnessOf(sandbox),
    settled: (signal) => Promise.race([sandbox.functions.failover.idle(), aborted(signal)]),
  };
  return { ports, clients };
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => void signal.addEventListener('abort', () => resolve(), { once: true }));

const witnessOf =
  (sandbox: Sandbox): Witness =>
  (tell) => {
    const unfollow = sandbox.journal.follow((occurrence) => {
      const told = translate(occurrence, sandbox);
      if (told) tell(told);
    });
    const unlisten = sandbox.database.onEvent(({ detail }) =>
      tell({
        kind: 'event',
        at: Date.now(),
        id: String(detail.EventID),
        message: String(detail.Message),
        source: String(detail.SourceIdentifier),
      }),
    );
    return () => {
      unfollow();
      unlisten();
    };
  };

const writerStates = { outage: 'gone', promoted: 'promoted', rejoined: 'rejoined' } as const;

function translate({ at, what, detail = {} }: Occurrence, sandbox: Sandbox): Observation | undefined {
  switch (what) {
    case 'outage':
    case 'promoted':
    case 'rejoined': {
      const address = detail.ip ?? (detail.member ? detail.hostId : undefined);
      return address ? { kind: 'writer', at, state: writerStates[what], address: String(address) } : undefined;
    }
    case 'event-lost':
      return { kind: 'event-lost', at, id: String(detail.eventId) };
    case 'invocation-finished':
      return runIn(sandbox, at, detail);
    default:
      return undefined;
  }
}

function runIn({ functions }: Sandbox, at: number, detail: Readonly<Record<string, unknown>>): Invocation {
  const results = [...functions.failover.results(), ...functions.drift.results()];
  const result = results.find(({ requestId }) => requestId === detail.requestId);
  const name = String(detail.function);
  if (result?.status === 'succeeded') return runOf(name, at, result.payload as Report);
  return {
    kind: 'invocation',
    at,
    function: name,
    startedAt: at - Number(detail.durationMs ?? 0),
    trigger: 'unknown',
    outcome: 'failed',
    summary: `${name} ${detail.status}: ${JSON.stringify(detail.error)}`,
    registered: [],
  };
}
