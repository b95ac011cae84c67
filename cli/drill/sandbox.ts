import { createGroupPorts } from '../../lib/adapters/ports.ts';
import type { Report } from '../../lib/domain.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Occurrence } from '../../sandbox/world/journal.ts';
import type { Clients } from '../access/clients.ts';
import { createDrilledDatabase, failureOf, runOf } from './aws.ts';
import { chooseClient, type Login } from './clients/choose.ts';
import type { DrillPorts, Witness } from './ports.ts';
import type { Invocation, Observation } from './record.ts';
import { awsTimings, type DrillTimings, faster } from './settings.ts';

/** No other client calls these APIs, so they are polled more often than on AWS. AWS milliseconds. */
const timings: DrillTimings = { ...awsTimings, dnsMs: 200, targetsMs: 300, topologyMs: 1000, deadlineMs: 1_200_000 };

export const sandboxTimings = (speed: number): DrillTimings => faster(timings, speed);

/** Its load balancer runs in this process, so a reset arrives with the connection. */
const limits = { timeoutMs: 3000, holdMs: 0, cleanupTimeoutMs: 1000 };

/** The drill's ports on a sandbox: AWS's APIs and DNS on the wire, and the journal for what only a sandbox knows. */
export async function sandboxPorts(sandbox: Sandbox, clients: Clients, login: Login = {}): Promise<DrillPorts> {
  const { database, dns, targetGroup, loadBalancer } = sandbox;
  const client = await chooseClient(login, loadBalancer, limits);
  return {
    database: createDrilledDatabase(clients.rds(), { kind: database.kind, id: database.id }),
    ...createGroupPorts(clients, { targetGroupArn: targetGroup.arn, dnsServers: [dns.address] }),
    // A table that it could not drop disappears with the sandbox.
    client: { ...client, close: () => client.close().catch(() => {}) },
    chronicles: [],
    witness: witnessOf(sandbox),
    settled: (signal) => Promise.race([sandbox.functions.failover.idle(), aborted(signal)]),
  };
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => void signal.addEventListener('abort', () => resolve(), { once: true }));

const witnessOf =
  (sandbox: Sandbox): Witness =>
  (emit) => {
    const unfollow = sandbox.journal.follow((occurrence) => {
      const observation = translate(occurrence, sandbox);
      if (observation) emit(observation);
    });
    const unlisten = sandbox.database.onEvent(({ detail }) =>
      emit({
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
  const startedAt = at - Number(detail.durationMs ?? 0);
  if (result?.status === 'succeeded')
    return runOf({ functionName: name, startedAt, endedAt: at, report: result.payload as Report });
  return {
    ...failureOf({ functionName: name, at, message: `${detail.status}: ${JSON.stringify(detail.error)}` }),
    startedAt,
  };
}
