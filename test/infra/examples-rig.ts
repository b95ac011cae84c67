import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CloudFormationValidatePlugin, type Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type DatabaseEntry, databasesFrom, readDatabases } from '../../infra/config/databases.ts';
import { addDatabaseStacks } from '../../infra/stacks/database-stack.ts';

export const root = join(import.meta.dirname, '..', '..');
export const examples: readonly string[] = readdirSync(join(root, 'examples'))
  .filter((name) => name.endsWith('.json'))
  .sort();

const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };

/** CloudFormation's own rules, once for all apps: their engine takes seconds to start. */
export const cloudFormationRules = new CloudFormationValidatePlugin();

// It would start anew for each app that has a type which the one before had not.
const own = cloudFormationRules as unknown as { initializeEngine(types: Set<string>): unknown };
const engineFor = own.initializeEngine.bind(own);
const typesSoFar = new Set<string>();
own.initializeEngine = (types) => {
  for (const type of types) typesSoFar.add(type);
  return engineFor(new Set(typesSoFar));
};

/** The app as `cdk synth` runs it: with the context of cdk.json, under CloudFormation's own rules. */
export function createApp(): App {
  const app = new App({ analyticsReporting: false, context, outdir: mkdtempSync(join(tmpdir(), 'cdk.out-')) });
  Validations.of(app).addPlugins(cloudFormationRules);
  return app;
}

export type Synthesised = { readonly stacks: readonly Stack[]; readonly template: (name: string) => Template };

const synthesised = new Map<string, Synthesised>();

/**
 * Synthesises what a configuration file asks for, under the rules of AwsSolutions and CloudFormation. The same entries are synthesised once.
 * @throws Error when a rule is broken
 */
export function synthesise(entries: readonly DatabaseEntry[]): Synthesised {
  const key = JSON.stringify(entries);
  const known = synthesised.get(key) ?? synthesiseWith((app) => addDatabaseStacks(app, entries));
  synthesised.set(key, known);
  return known;
}

/** The same for any stacks. */
export function synthesiseWith(addStacks: (app: App) => readonly Stack[]): Synthesised {
  const app = createApp();
  try {
    const stacks = addStacks(app);
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    const assembly = app.synth();
    const templates = new Map(stacks.map(({ stackName }) => [stackName, assembly.getStackByName(stackName).template]));
    return { stacks, template: (name) => Template.fromJSON(templates.get(name)) };
  } finally {
    rmSync(app.outdir, { recursive: true, force: true });
  }
}

export const exampleEntries = (file: string) => readDatabases(join(root, 'examples', file));
export const entriesFrom = (entries: readonly unknown[]) => databasesFrom(JSON.stringify(entries), 'test');
