import { App } from 'aws-cdk-lib';
import { labSettings } from './names.ts';
import { addLabStacks } from './stacks.ts';

/*
 * The lab's stacks: `npx --no -- cdk deploy --app 'node infra/lab/app.ts' --all -c run=demo1 -c until=2026-12-01T14:00:00Z`, and `-c zones=`
 * with three zones where the first three letters do not fit the account; `-c proof=mistyped` or `-c proof=without-us-east-1b` for the stack `proof`.
 * `npm run lab` does it, and destroys them.
 */

try {
  const app = new App({ analyticsReporting: false });
  const [run, until, zones, proof] = ['run', 'until', 'zones', 'proof'].map(
    (key) => app.node.tryGetContext(key) as unknown,
  );
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  addLabStacks(app, labSettings({ run, until, zones, region, account, proof }));
  app.synth();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
