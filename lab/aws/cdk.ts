import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LabOutputs } from '../contract.ts';
import type { Deployment, LabPart, LabSettings } from '../lab.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The lab's stacks through the CDK CLI. The settings are what its app reads, as `-c name=value`. */
export type Cdk = Pick<Deployment, 'deploy' | 'destroy'> & {
  /** One stack alone, whatever the others are like. */
  alone(
    command: 'deploy' | 'destroy',
    part: LabPart,
    settings: LabSettings,
    signal: AbortSignal,
    options?: readonly string[],
  ): Promise<void>;
  /** The templates, without a call of AWS. */
  templates(settings: LabSettings): Promise<readonly unknown[]>;
};

type Options = { readonly app: string; readonly region: string; readonly profile?: string };

export function createCdk({ app, region, profile }: Options): Cdk {
  /** `directory`: where the templates go, and are left. */
  const cdk = (command: readonly string[], settings: LabSettings, directory: string, signal?: AbortSignal) =>
    run(
      [
        ...command,
        ...['--app', app, '--output', join(directory, 'templates'), '--no-notices'],
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
        ...(profile ? ['--profile', profile] : []),
      ],
      { AWS_REGION: region, AWS_DEFAULT_REGION: region },
      signal,
    );
  const unattended = { deploy: ['--require-approval', 'never'], destroy: ['--force'] } as const;
  return {
    deploy: (settings, signal) =>
      inDirectory(async (directory) => {
        const file = join(directory, 'outputs.json');
        await cdk(
          ['deploy', '*', ...unattended.deploy, '--concurrency', '4', '--outputs-file', file],
          settings,
          directory,
          signal,
        );
        return outputsIn(JSON.parse(await readFile(file, 'utf8')));
      }),
    alone: (command, part, settings, signal, options = []) =>
      inDirectory((directory) =>
        cdk([command, part, '--exclusively', ...unattended[command], ...options], settings, directory, signal),
      ),
    templates: (settings) =>
      inDirectory(async (directory) => {
        await cdk(['synth', '*', '--quiet'], settings, directory);
        const names = await readdir(join(directory, 'templates'));
        const files = names
          .filter((name) => name.endsWith('.template.json'))
          .map((name) => join(directory, 'templates', name));
        return Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8'))));
      }),
    destroy: (settings) =>
      inDirectory((directory) => cdk(['destroy', '*', ...unattended.destroy], settings, directory)),
  };
}

async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'lab-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** @throws Error that names the command's exit */
function run(args: readonly string[], env: LabSettings, signal?: AbortSignal): Promise<void> {
  const program = createRequire(import.meta.url).resolve('aws-cdk/bin/cdk');
  const child = spawn(process.execPath, [program, ...args], {
    cwd: root,
    // Its progress is for the operator's terminal; the lab's own output stays apart.
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env, CDK_DISABLE_CLI_TELEMETRY: 'true' },
    // Ctrl-C is for the lab alone: a destroy must not be hit by the one that begins it.
    detached: process.platform !== 'win32',
  });
  const stop = () => void child.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  return new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, by) =>
      code === 0
        ? resolve()
        : reject(new Error(`cdk ${args[0]} ended with ${by ?? `exit code ${code}`}; its messages are above`)),
    );
  }).finally(() => signal?.removeEventListener('abort', stop));
}

/**
 * The outputs of all stacks, as `cdk deploy --outputs-file` writes them (contract.ts).
 * @throws Error that names what is missing
 */
export function outputsIn(stacks: Readonly<Record<string, Readonly<Record<string, string>>>>): LabOutputs {
  const all = new Map(Object.values(stacks).flatMap((one) => Object.entries(one)));
  const text = (name: string) => {
    const value = all.get(name);
    if (value === undefined) throw new Error(`the stacks of the lab have no output ${name}`);
    return value;
  };
  const read = (name: string) => JSON.parse(text(name));
  const scratch = [...all.keys()].filter((name) => /^Scratch\d+$/.test(name)).sort();
  if (scratch.length === 0) throw new Error('the stacks of the lab have no output Scratch0');
  return {
    instance: read('Instance'),
    cluster: read('Cluster'),
    scratch: scratch.map(read),
    clientFunction: text('ClientFunction'),
    insideClientFunction: text('InsideClientFunction'),
    eventsLogGroup: text('EventsLogGroup'),
  };
}
