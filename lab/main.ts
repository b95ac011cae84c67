import { CommanderError } from 'commander';
import { errorLines, UsageError } from '../cli/terminal/errors.ts';
import { exitCodes } from '../cli/terminal/exit-codes.ts';
import { ioOf } from '../cli/terminal/io.ts';
import { conductLab } from './command.ts';
import type { Deployment } from './lab.ts';
import { type LabOptions, labOptionsOf } from './options.ts';
import { sandboxDeployment } from './sandbox/deployment.ts';

const io = ioOf(process);

function deploymentOf({ sandbox, speed }: LabOptions): Deployment {
  if (sandbox) return sandboxDeployment(speed);
  throw new UsageError(
    'the stacks of the lab are not part of this version',
    'run it on this machine: npm run lab -- --sandbox',
  );
}

try {
  const lines = (text: string) => text.trimEnd().split('\n');
  const options = labOptionsOf(process.argv.slice(2), {
    out: (text) => io.out(lines(text)),
    err: (text) => io.err(lines(text)),
  });
  io.setExitCode(await conductLab(io, options, deploymentOf(options)));
} catch (error) {
  if (error instanceof CommanderError) io.setExitCode(error.exitCode === 0 ? exitCodes.inSync : exitCodes.usage);
  else {
    io.err(errorLines(error, io.width).map(io.colour.red));
    io.setExitCode(error instanceof UsageError ? exitCodes.usage : exitCodes.fault);
  }
}
