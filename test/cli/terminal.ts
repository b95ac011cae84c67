import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { run } from '../../cli/program.ts';
import { type Io, ioOf, type Outside } from '../../cli/terminal/io.ts';

export type Ended = { readonly code: number; readonly out: string; readonly err: string };
export type Environment = Readonly<Record<string, string>>;

/** The longest line, without colours. */
export const widest = (text: string): number =>
  Math.max(
    ...text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters.
      .replace(/\u001b\[[\d;]*m/g, '')
      .split('\n')
      .map((line) => line.length),
  );

/** The command's own door to the outside, on streams instead of a terminal of 80 columns. */
export function outsideOf(env: Environment = {}, isTTY = false) {
  const stream = () => Object.assign(new PassThrough(), { isTTY, columns: 80, setRawMode: () => {} });
  const [stdin, stdout, stderr] = [stream(), stream(), stream()];
  const outside = Object.assign(new EventEmitter(), { env, stdin, stdout, stderr, exitCode: 0 });
  const io: Io = ioOf(outside as unknown as Outside);
  const textOf = (one: PassThrough) => String(one.read() ?? '');
  return { io, stdin, ended: (): Ended => ({ code: outside.exitCode, out: textOf(stdout), err: textOf(stderr) }) };
}

/** The command in this process, for tests of many command lines. */
export async function runHere(args: readonly string[], env: Environment = {}): Promise<Ended> {
  const { io, ended } = outsideOf(env);
  await run(args, io);
  return ended();
}

/** As a process of its own would run it: with this environment and no other, in this directory. */
async function runAs(args: readonly string[], env: Environment, directory: string): Promise<Ended> {
  const outer = { env: process.env, directory: process.cwd() };
  process.env = { ...env };
  process.chdir(directory);
  const late = setTimeout(60_000, undefined, { ref: false }).then(() => {
    throw new Error(`${args.join(' ')}: still running after a minute`);
  });
  try {
    return await Promise.race([runHere(args, env), late]);
  } finally {
    process.env = outer.env;
    process.chdir(outer.directory);
  }
}

let latest: Promise<unknown> = Promise.resolve();

/** The same, one after another: this process has but one environment. */
export function runAlone(args: readonly string[], env: Environment, directory = process.cwd()): Promise<Ended> {
  const ended = latest.then(() => runAs(args, env, directory));
  latest = ended.catch(() => {});
  return ended;
}
