import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { ReconcileError } from '../lib/errors.ts';
import { readConsumers } from './config/consumers.ts';
import { ConfigurationError, readConfiguration } from './config/databases.ts';
import { fileNamed, isAsked, refuseUnknownKeys } from './context.ts';
import { stalenessOf } from './reconciler/bundles.ts';
import { addConsumerStacks } from './stacks/consumer-stack.ts';
import { addDatabaseStacks } from './stacks/database-stack.ts';

/* The CDK app: `npx --no -- cdk synth`, `npx --no -- cdk synth -c databases=FILE`, or in the consumer's account `npx --no -- cdk synth -c consumers=FILE`. */

/** Errors that the operator has to solve are printed without a stack trace; anything else is a defect of this app and keeps it. */
const shownError = (error: unknown): unknown =>
  error instanceof ConfigurationError || error instanceof ReconcileError ? error.message : error;

function main(): void {
  const app = new App({ analyticsReporting: false });
  refuseUnknownKeys(app);
  const consumers = fileNamed(app, 'consumers');
  // A consumer's account has no databases.json: the app reads both files only when both are named.
  const databases = fileNamed(app, 'databases') ?? (consumers === undefined ? 'databases.json' : undefined);
  const hasFleet = isAsked(app, 'fleet');
  if (hasFleet && databases === undefined)
    throw new ConfigurationError('-c fleet', [
      'it shows databases, and none are named; allowed: with -c databases=FILE',
    ]);
  if (databases !== undefined) addDatabases(app, databases, hasFleet);
  if (consumers !== undefined) addConsumerStacks(app, readConsumers(consumers));
  app.synth();
}

function addDatabases(app: App, file: string, hasFleet: boolean): void {
  const { databases, loadBalancers } = readConfiguration(file);
  const root = join(import.meta.dirname, '..');
  const isBuilt = existsSync(join(root, 'dist', 'functions', 'drift', 'index.mjs'));
  const stale = isBuilt ? stalenessOf(root) : 'the functions are not built';
  if (stale) throw new ConfigurationError('dist/functions', [`${stale}; run \`npm run build\` first`]);
  addDatabaseStacks(app, databases, { hasFleet, loadBalancers });
}

try {
  main();
} catch (error) {
  console.error(shownError(error));
  process.exitCode = 1;
}
