import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CliCredentialsStackSynthesizer } from 'aws-cdk-lib';
import { AssetManifestArtifact, CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { stackNameOf } from '../../infra/config/database-entry.ts';
import type { DatabaseEntry } from '../../infra/config/databases.ts';
import { addDatabaseStacks } from '../../infra/stacks/database-stack.ts';
import { zipOf } from './zip.ts';

/* The stacks of a database as templates that need nothing of the CDK's bootstrap: no bucket, no role, no version of it. */

const root = join(import.meta.dirname, '..', '..');

/** Where the zip files are in the bucket. */
export const keyPrefix = 'rds-target-reconciler/';

export type PlainStack = {
  readonly name: string;
  /** The template's file name. */
  readonly file: string;
  readonly template: string;
  /** Tags that CloudFormation puts on every resource; no template can name them. */
  readonly tags: Readonly<Record<string, string>>;
};

export type PlainDeployment = {
  /** In the order in which they are deployed. */
  readonly stacks: readonly PlainStack[];
  /** Zip files by their names. */
  readonly zips: ReadonlyMap<string, Uint8Array>;
};

/** The app as `cdk synth` has it, but for where the functions' code is. */
export function plainApp(bucket: string, outdir: string): App {
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
  const synthesizer = new CliCredentialsStackSynthesizer({ fileAssetsBucketName: bucket, bucketPrefix: keyPrefix });
  return new App({ analyticsReporting: false, context, outdir, defaultStackSynthesizer: synthesizer });
}

/**
 * One database's stack, after the one of the endpoints that it shares with others of the file.
 * @throws Error when a template breaks a rule of CloudFormation
 */
export function plainDeployment(app: App, entries: readonly DatabaseEntry[], entry: DatabaseEntry): PlainDeployment {
  addDatabaseStacks(app, entries);
  const own = app.synth().getStackByName(stackNameOf(entry));
  const before = own.dependencies.filter(CloudFormationStackArtifact.isCloudFormationStackArtifact);
  const artifacts = [...before, own];
  return {
    stacks: artifacts.map(({ stackName, templateFile, templateFullPath, tags }) => ({
      name: stackName,
      file: templateFile,
      template: readFileSync(templateFullPath, 'utf8'),
      tags,
    })),
    zips: new Map(artifacts.flatMap(zipsOf)),
  };
}

const zipsOf = ({ dependencies }: CloudFormationStackArtifact) =>
  dependencies.filter(AssetManifestArtifact.isAssetManifestArtifact).flatMap(({ contents, assembly }) =>
    Object.values(contents.files ?? {})
      .filter(({ source }) => source.packaging === 'zip')
      .flatMap(({ source, destinations }) =>
        Object.values(destinations).map(
          ({ objectKey }) =>
            [objectKey.slice(keyPrefix.length), zipOf(join(assembly.directory, source.path ?? ''))] as const,
        ),
      ),
  );
