import pc from 'picocolors';
import type { Io } from '../../cli/io.ts';
import { run } from '../../cli/program.ts';
import { type Ended, type Environment, widest } from './rig.ts';

export { widest };

/** The command in this process, for tests of many command lines: a terminal of 80 columns, without colour. */
export async function runHere(args: readonly string[], env: Environment = {}): Promise<Ended> {
  let [out, err, code] = ['', '', 0];
  const io: Io = {
    env,
    out: (text) => {
      out += `${text}\n`;
    },
    err: (text) => {
      err += `${text}\n`;
    },
    status: () => {},
    isTty: false,
    colour: pc.createColors(false),
    width: 80,
    setExitCode: (given) => {
      code = given;
    },
    onInterrupt: () => () => {},
  };
  await run(args, io);
  return { code, out, err };
}
