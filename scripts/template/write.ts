import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Configuration,
  ConfigurationError,
  type DatabaseEntry,
  readConfiguration,
} from '../../infra/config/databases.ts';
import { nearest } from '../../lib/nearest.ts';
import type { TemplateOptions } from './options.ts';
import { type PlainDeployment, type PlainStack, plainApp, plainDeployment } from './plain.ts';

type Written = { readonly entry: DatabaseEntry; readonly deployment: PlainDeployment; readonly directory: string };

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const mostBytes = { inBucket: 1_000_000, inRequest: 51_200 };

/** Whether Terraform's `template_body` can carry it: without blanks, and with `<`, `>` and `&` as six characters each. */
export const fitsInRequest = ({ template }: Pick<PlainStack, 'template'>): boolean =>
  Buffer.byteLength(JSON.stringify(JSON.parse(template)).replace(/[<>&]/g, '\\u0000')) <= mostBytes.inRequest;

/**
 * Writes templates and zip files, or nothing. CDK works in the directory `assembly`.
 * @throws ConfigurationError when the file, the name or the directory is wrong, or a template is too large
 * @throws Error when a template breaks a rule of CloudFormation
 */
export function writeTemplate({ name, bucket, databases, out }: TemplateOptions, assembly: string): Written {
  const configuration = readConfiguration(databases);
  const entry = entryNamed(name, configuration, databases);
  const deployment = plainDeployment(plainApp(bucket, assembly), configuration.databases, entry);
  refuseTooLarge(deployment, databases);
  const directory = join(out, name);
  write(deployment, directory);
  return { entry, deployment, directory };
}

function entryNamed(name: string, { databases, loadBalancers }: Configuration, file: string): DatabaseEntry {
  const found = databases.find((entry) => entry.name === name);
  if (found) return found;
  if (loadBalancers.some((one) => one.name === name)) {
    const behind = databases.filter(({ endpointService }) => endpointService?.shared === name);
    throw new ConfigurationError(file, [
      `"${name}" is a load balancer, whose stack is written with each database behind it; allowed: ${behind.map((one) => one.name).join(', ') || 'none yet, as no database is behind it'}`,
    ]);
  }
  const known = databases.map((entry) => entry.name);
  const guess = nearest(name, known);
  throw new ConfigurationError(file, [
    `it has no database ${JSON.stringify(name)}; allowed: ${known.join(', ')}${guess ? `; did you mean ${guess}?` : ''}`,
  ]);
}

function refuseTooLarge({ stacks }: PlainDeployment, file: string): void {
  const problems = stacks
    .map(({ name, template }) => ({ name, bytes: Buffer.byteLength(template) }))
    .filter(({ bytes }) => bytes > mostBytes.inBucket)
    .map(({ name, bytes }) => `the template of ${name} has ${bytes} bytes; allowed: ${mostBytes.inBucket}`);
  if (problems.length > 0) throw new ConfigurationError(file, problems);
}

/** What an earlier version of this database has left here: `aws s3 cp` and Terraform's `fileset` would take it along. */
const isOurs = (file: string): boolean => /^[0-9a-f]{64}\.zip$|\.template\.json$/.test(file);

function write({ stacks, zips }: PlainDeployment, directory: string): void {
  const files = new Map<string, string | Uint8Array>([
    ...zips,
    ...stacks.map(({ file, template }) => [file, template] as const),
  ]);
  try {
    mkdirSync(directory, { recursive: true });
    for (const [file, content] of files) writeFileSync(join(directory, file), content);
    for (const file of readdirSync(directory)) if (isOurs(file) && !files.has(file)) rmSync(join(directory, file));
  } catch (error) {
    throw new ConfigurationError('--out', [
      `${directory} cannot be written (${error instanceof Error ? error.message : String(error)}); allowed: a directory that this user may write to`,
    ]);
  }
}
