import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundleDirectory } from './bundles.ts';

/** The bundle of the reconciler's functions, with the root certificates beside it where a probe needs them. Nothing runs in a container. */
export function reconcilerCode(roots: string | undefined): Code {
  // Both functions run the same bundle, which the package contains once.
  const bundle = bundleDirectory('drift');
  if (roots === undefined) return Code.fromAsset(bundle);
  const tryBundle = (to: string) => {
    cpSync(bundle, to, { recursive: true });
    writeFileSync(join(to, 'rds-roots.pem'), roots);
    return true;
  };
  const image = DockerImage.fromRegistry('not-used');
  return Code.fromAsset(bundle, { assetHashType: AssetHashType.OUTPUT, bundling: { image, local: { tryBundle } } });
}
