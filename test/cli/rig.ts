import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, vi } from 'vitest';
import { createSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { createListenerEngine } from '../../sandbox/world/database/listener-engine.ts';
import { compileCache } from '../compile-cache.ts';
import { type Ended, type Environment, runAlone } from './terminal.ts';

export { type Ended, type Environment, widest } from './terminal.ts';

/* The command in the place of a new user: 80 columns, an empty home, nothing configured. */

// Processes, and many commands per test: a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const command = join(import.meta.dirname, '../../dist/cli/rds-target.mjs');

export const home = mkdtempSync(join(tmpdir(), 'rds-target-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A file in the directory that the command runs in. */
export const file = (name: string, content: unknown): void =>
  writeFileSync(join(home, name), typeof content === 'string' ? content : JSON.stringify(content));

/** Neither credentials nor Region, and no look at the metadata service for them. */
export const bare: Environment = {
  PATH: process.env.PATH ?? '',
  HOME: home,
  COLUMNS: '80',
  ...compileCache(),
  AWS_EC2_METADATA_DISABLED: 'true',
};

const keys: Environment = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };

/** With credentials, and all of AWS at the sandbox's address. */
export const inSandbox = ({ api }: Pick<Sandbox, 'api'>): Environment => ({
  ...bare,
  ...keys,
  AWS_REGION: 'eu-central-1',
  AWS_ENDPOINT_URL: api.url,
});

/** No command outlives a test that has given up on it. */
export function start(args: readonly string[], env: Environment = bare) {
  let resolve: (ended: Ended) => void = () => {};
  const ended = new Promise<Ended>((done) => {
    resolve = done;
  });
  const child = execFile(
    process.execPath,
    [command, ...args],
    { env, cwd: home, timeout: 60_000, killSignal: 'SIGKILL' },
    (error, out, err) => resolve({ code: error ? Number(error.code ?? -1) : 0, out, err }),
  );
  return { child, ended };
}

/** The built command, as it ends by itself in a process of its own. */
export const runBuilt = (args: readonly string[], env?: Environment): Promise<Ended> => start(args, env).ended;

/** The command in this process, which costs a twentieth of one in a process of its own. */
export const run = (args: readonly string[], env: Environment = bare): Promise<Ended> => runAlone(args, env, home);

export const orders = {
  name: 'orders',
  region: 'eu-central-1',
  database: { kind: 'instance', id: 'orders' },
};

/**
 * Without a schedule, so that only what a test does happens; and with a settle time in which a busy machine can look twice, which is what a
 * confirmed correction takes.
 */
export const startPatient = (): Promise<Sandbox> =>
  createSandbox({
    kind: 'instance',
    engine: createListenerEngine,
    loadBalancer: 'ideal',
    speed: 30,
    isScheduled: false,
    config: (config) => ({ ...config, timings: { ...config.timings, watchMs: 10_000, settleMs: 3000 } }),
  });

/** With a watch of a second, so that an event that woke no function is known to be lost soon after. */
export const ordersOf = (sandbox: Sandbox) => ({
  ...orders,
  targetGroupArn: sandbox.targetGroup.arn,
  reconcile: { dnsServers: [sandbox.dns.address], watchSeconds: 1 },
});

/** Until that second is over. The envelope's time would be up to a second too early: it has whole seconds only. */
export async function untilKnownLost({ database }: Sandbox): Promise<void> {
  const last = Math.max(...database.events().map(({ detail }) => Date.parse(String(detail.Date))));
  await vi.waitFor(() => expect(Date.now() - last).toBeGreaterThan(1500), { timeout: 10_000 });
}

/** What the schedule does, until the group holds the writer and nothing else. */
export async function scheduledCheck({ functions, targetGroup, database }: Sandbox): Promise<void> {
  await vi.waitFor(
    async () => {
      await functions.drift.invoke({ source: 'aws.events', 'detail-type': 'Scheduled Event' });
      const live = targetGroup.targets().filter(({ state }) => !state.endsWith('draining'));
      expect(live.map(({ ip }) => ip)).toEqual([database.writer().ip]);
    },
    { timeout: 60_000 },
  );
}
