import { ConfigurationError } from '../infra/config/databases.ts';
import { ReconcileError } from '../lib/errors.ts';
import { optionsOrUsage } from './options.ts';
import { deployCommands } from './template/commands.ts';
import { templateOptions, usage } from './template/options.ts';
import { fitsInRequest, writeTemplate } from './template/write.ts';

/* `npm run template -- DATABASE --bucket BUCKET`: a database's stack as a plain CloudFormation template (docs/deploy.md). */

const options = optionsOrUsage(usage, templateOptions);

try {
  if (options) {
    const { deployment, directory, entry } = writeTemplate(options, 'cdk.out');
    const { stacks, zips } = deployment;
    const files = stacks.map((stack) =>
      fitsInRequest(stack) ? stack.file : `${stack.file} (too large for Terraform's template_body: see docs/deploy.md)`,
    );
    const account = entry.account === undefined ? '' : ` in the account ${entry.account}`;
    console.error(
      `${directory} has ${files.join(', ')} and ${zips.size} zip files. Commands that deploy them${account}:\n`,
    );
    console.log(deployCommands(deployment, { ...options, directory, region: entry.region }).join('\n'));
  }
} catch (error) {
  // Errors that the operator has to solve need no stack trace.
  console.error(error instanceof ConfigurationError || error instanceof ReconcileError ? error.message : error);
  process.exitCode = 1;
}
