import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { type Io, ioOf, type Outside } from '../../cli/io.ts';
import { run } from '../../cli/program.ts';
import { type Ended, type Environment, widest } from './rig.ts';

export { widest };

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
