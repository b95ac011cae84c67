import { CommanderError } from 'commander';
import { createClients } from '../cli/access/clients.ts';
import { errorLines, UsageError } from '../cli/terminal/errors.ts';
import { exitCodes } from '../cli/terminal/exit-codes.ts';
import { ioOf } from '../cli/terminal/io.ts';
import { labTag, stackNameOf } from '../infra/lab/names.ts';
import { anHour, labCost } from '../scripts/cost-of-lab.ts';
import { createAccount } from './aws/account.ts';
import { createCalls } from './aws/calls.ts';
import { createCdk } from './aws/cdk.ts';
import { createCloudFormation } from './aws/cloudformation.ts';
import { awsDeployment, maxAttempts } from './aws/deployment.ts';
import { createServices } from './aws/services.ts';
import { conductLab } from './command.ts';
import type { Deployment } from './lab.ts';
import { type LabOptions, labOptionsOf } from './options.ts';
import { sandboxDeployment } from './sandbox/deployment.ts';

const io = ioOf(process);

function deploymentOf({ sandbox, speed, account, region, profile }: LabOptions): Deployment {
  if (sandbox) return sandboxDeployment(speed);
  const access = { account, region, maxAttempts, ...(profile ? { profile } : {}) };
  const calls = createCalls(access, io.env);
  return awsDeployment({
    ...{ access, stackNameOf },
    cloudFormation: createCloudFormation(calls),
    account: createAccount(createServices(calls), createClients(access).rds(), {
      account,
      region,
      tag: labTag,
    }),
    cdk: createCdk({ app: `${JSON.stringify(process.execPath)} infra/lab/app.ts`, region, profile }),
    price: (templates) => anHour(labCost(templates as Parameters<typeof labCost>[0])),
  });
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
