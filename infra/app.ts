import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { ReconcileError } from '../lib/errors.ts';
import { addDatabaseStacks } from './database-stack.ts';
import { ConfigurationError, readDatabases } from './databases.ts';

/* The CDK app: `npx cdk synth`, or `npx cdk synth -c databases=FILE`. */

/** Problems that people have to solve are told without a stack trace; anything else is a defect of ours and keeps it. */
const messageFor = (error: unknown): unknown =>
  error instanceof ConfigurationError || error instanceof ReconcileError ? error.message : error;

function main(): void {
  const app = new App({ analyticsReporting: false });
  const file: unknown = app.node.tryGetContext('databases') ?? 'databases.json';
  if (typeof file !== 'string' || file === '')
    throw new ConfigurationError('-c databases', [`it is ${JSON.stringify(file)}; allowed: the name of a file`]);
  const entries = readDatabases(file);
  if (!existsSync(join(import.meta.dirname, '..', 'dist', 'functions', 'drift', 'index.mjs')))
    throw new ConfigurationError('dist/functions', ['the functions are not built; run `npm run build` first']);
  addDatabaseStacks(app, entries);
  app.synth();
}

try {
  main();
} catch (error) {
  console.error(messageFor(error));
  process.exitCode = 1;
}
