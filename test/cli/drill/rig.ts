import { afterEach, vi } from 'vitest';
import { createClients } from '../../../cli/access/clients.ts';
import { sandboxAccess, sandboxSelection } from '../../../cli/access/sandbox.ts';
import { awsPorts } from '../../../cli/drill/aws.ts';
import { type Drill, runDrill } from '../../../cli/drill/drill.ts';
import type { DrillPorts } from '../../../cli/drill/ports.ts';
import type { DrillRecord, Observation } from '../../../cli/drill/record.ts';
import { awsTimings, faster } from '../../../cli/drill/settings.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../../sandbox/sandbox.ts';
import { createListenerEngine } from '../../../sandbox/world/database/listener-engine.ts';

/* The drill as it runs on AWS, with AWS's SDK clients, against a sandbox on the wire. */

// A drill waits for processes; a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const speed = 20;
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

export async function startSandbox(
  kind: 'instance' | 'cluster',
  options: Partial<SandboxOptions> = {},
): Promise<Sandbox> {
  const sandbox = await createSandbox({ kind, engine: createListenerEngine, loadBalancer: 'ideal', speed, ...options });
  open.push(sandbox);
  return sandbox;
}

/** A drill of the sandbox's database as on AWS: no journal, only what the APIs, DNS, the logs and the endpoint tell. */
export async function drillOf(sandbox: Sandbox, given: Partial<Drill> = {}): Promise<Drill> {
  const clients = createClients(sandboxAccess(sandbox));
  open.push(clients);
  const { kind, id } = sandbox.database;
  const database: DrillRecord['database'] = { name: 'orders', kind, id };
  const session = { clients, selection: sandboxSelection };
  return {
    ports: await awsPorts(session, sandbox.config, database, sandbox.loadBalancer, {}),
    database,
    timings: faster(awsTimings, speed),
    speed: 1,
    settings: [],
    versions: [],
    signal: new AbortController().signal,
    ...given,
  };
}

export const measured = async (sandbox: Sandbox, given?: Partial<Drill>): Promise<DrillRecord> =>
  runDrill(await drillOf(sandbox, given));

/** Aborts as soon as something was seen. */
export function interruptedAt(isIt: (observation: Observation) => boolean): Pick<Drill, 'signal' | 'follow'> {
  const interrupt = new AbortController();
  return {
    signal: interrupt.signal,
    follow: (one) => {
      if ('kind' in one && isIt(one)) interrupt.abort();
    },
  };
}

/** Whether the failover was asked for. */
export const wasFailedOver = ({ api }: Sandbox): boolean =>
  api.calls().some(({ action }) => action === 'RebootDBInstance' || action === 'FailoverDBCluster');

/** The ports with a client that tells when it is closed. */
export function withClosing(ports: DrillPorts): { ports: DrillPorts; closed: () => boolean } {
  let isClosed = false;
  const close = async () => {
    isClosed = true;
    await ports.client.close();
  };
  return { ports: { ...ports, client: { ...ports.client, close } }, closed: () => isClosed };
}
