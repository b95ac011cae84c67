import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DatabaseEntry } from '../../infra/config/databases.ts';
import type { createSandbox as CreateSandbox, Sandbox, SandboxOptions } from '../../sandbox/sandbox.ts';
import type { createListenerEngine as CreateListenerEngine } from '../../sandbox/world/database/listener-engine.ts';
import { CliError, UsageError } from '../terminal/errors.ts';
import { type Io, withProgress } from '../terminal/io.ts';
import type { Access } from './clients.ts';
import type { Selection } from './select.ts';

/** A sandbox that runs in this process, and how the commands reach it. */
export type RunningSandbox = {
  readonly sandbox: Sandbox;
  readonly selection: Selection;
  readonly access: Access;
  close(): Promise<void>;
};

/** What a command may choose of its sandbox. */
export type SandboxChoice = Pick<SandboxOptions, 'isScheduled' | 'loadBalancer'>;

const region = 'eu-central-1';

/** The sandbox's only database. */
export const sandboxSelection: Selection = {
  name: 'orders',
  functionName: 'orders-drift',
  functions: ['orders-failover', 'orders-drift'],
  functionNames: ['orders-failover', 'orders-drift'],
  region,
};

/** Its entry, if it stood in a configuration file. */
export const sandboxEntry: DatabaseEntry = {
  name: sandboxSelection.name,
  database: { kind: 'instance', id: 'orders', port: 5432 },
  vpc: {
    id: 'vpc-0123456789abcdef0',
    cidr: '10.0.0.0/16',
    subnets: ['a', 'b', 'c'].map((zone, index) => ({
      id: `subnet-0123456789abcdef${index + 1}`,
      zone: `${region}${zone}`,
    })),
  },
  endpointService: {
    allowedPrincipals: ['444455556666', '777788889999'],
    databaseSecurityGroupId: 'sg-0123456789abcdef0',
  },
};

export const sandboxAccess = (sandbox: Sandbox): Access => ({
  region,
  endpoint: sandbox.api.url,
  credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
});

/**
 * Starts a sandbox with a Multi-AZ instance, thirty times faster than AWS. Its schedule would start a process every two seconds, so it
 * runs only on request.
 * @throws UsageError, CliError where there is no sandbox
 */
export async function startSandbox(
  io: Io,
  name?: string,
  { isScheduled = false, loadBalancer }: SandboxChoice = {},
): Promise<RunningSandbox> {
  if (name !== undefined && name !== sandboxSelection.name)
    throw new UsageError(`the sandbox has one database, "${sandboxSelection.name}", and not "${name}"`);
  const { createSandbox } = await load<{ createSandbox: typeof CreateSandbox }>('sandbox.ts');
  const { createListenerEngine } = await load<{ createListenerEngine: typeof CreateListenerEngine }>(
    'world/database/listener-engine.ts',
  );
  const sandbox = await withProgress(io, 'starting the sandbox', () =>
    createSandbox({ kind: 'instance', engine: createListenerEngine, speed: 30, isScheduled, loadBalancer }),
  );
  return { sandbox, selection: sandboxSelection, access: sandboxAccess(sandbox), close: () => sandbox.close() };
}

/**
 * A module of the sandbox. It is loaded from the checkout and not bundled: it starts processes from its own files.
 * @throws CliError in an installed package, or on a Node that does not run TypeScript
 */
async function load<T>(file: string): Promise<T> {
  // From cli/, and from dist/cli/ and its chunks.
  const found = ['../../sandbox/', '../../sandbox/', '../../../sandbox/']
    .map((folder) => new URL(folder + file, import.meta.url))
    .find((url) => existsSync(fileURLToPath(url)));
  if (!found)
    throw new CliError(
      'the sandbox is part of the repository, not of the package',
      'clone it, run npm ci && npm run build, and then npx --no -- rds-target … --sandbox there',
    );
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < 24)
    throw new CliError(
      `the sandbox needs Node 24, this is ${process.version}`,
      `run it as npx --no -- rds-target in the repository; npm ci installs Node 24`,
    );
  return (await import(found.href)) as T;
}
