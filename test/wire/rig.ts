import { afterEach, expect, vi } from 'vitest';
import type { Report } from '../../lib/domain.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/sandbox.ts';
import { createListenerEngine } from '../../sandbox/world/database/listener-engine.ts';
import type { InvocationResult } from '../../sandbox/world/types.ts';

/* The built bundles in the sandbox, on AWS's wire protocol and a real DNS server. */

// A busy machine takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const open = new Set<Sandbox>();
afterEach(async () => {
  for (const sandbox of open) await sandbox.close();
  open.clear();
});

export async function start(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const sandbox = await createSandbox({
    kind: 'instance',
    engine: createListenerEngine,
    loadBalancer: 'ideal',
    speed: 30,
    ...options,
  });
  open.add(sandbox);
  return sandbox;
}

export const live = ({ targetGroup }: Sandbox) =>
  targetGroup
    .targets()
    .filter(({ state }) => state !== 'draining' && state !== 'unhealthy.draining')
    .map(({ ip, port }) => `${ip}:${port}`);
export const writerOf = ({ database }: Sandbox) => `${database.writer().ip}:${database.writer().port}`;
export const changes = ({ api }: Sandbox, since = 0) =>
  api
    .calls()
    .filter(({ at, action }) => at >= since && (action === 'RegisterTargets' || action === 'DeregisterTargets'));
export const reportOf = ({ status, payload }: InvocationResult): Report => {
  expect(status, JSON.stringify(payload)).toBe('succeeded');
  return payload as Report;
};

/** The fewest live targets at any change of the group from now on. */
export function watchGroup(sandbox: Sandbox): () => number {
  let fewest = live(sandbox).length;
  sandbox.targetGroup.onChange(() => {
    fewest = Math.min(fewest, live(sandbox).length);
  });
  return () => fewest;
}

export async function failOver(sandbox: Sandbox): Promise<void> {
  await sandbox.database.failover({ cause: 'crash' });
  await sandbox.functions.failover.idle();
}

/**
 * Waits until the assertion passes, for a minute of wall time: the sandbox's clock runs on while a busy machine does not, so a bound in
 * AWS time would test the machine.
 */
export const eventually = (assertion: () => unknown): Promise<unknown> =>
  vi.waitFor(assertion, { timeout: 60_000, interval: 20 });

export const holdsWriterAlone = (sandbox: Sandbox) =>
  eventually(() => expect(live(sandbox)).toEqual([writerOf(sandbox)]));
