import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Token } from 'aws-cdk-lib';

/*
 * The root certificates of RDS. The build writes those of all Regions into the package, so that a synth needs no network; the functions
 * get those of their Region.
 */

/** In the package, and in a checkout once it is built. */
export const rootsInPackage: string = join('dist', 'package', 'rds-roots.pem');

/** `Amazon RDS eu-central-1 Root CA RSA2048 G1`: three for each Region; those of preview and beta stages have a word before the Region. */
const name = /^CN=Amazon RDS ([a-z]{2}(?:-[a-z]+)+-\d) Root CA \w+ G\d+$/m;

/** The Region of an RDS root. Undefined for other certificates, such as those of 2019, which have expired. */
export const regionOfRoot = (pem: string): string | undefined => name.exec(new X509Certificate(pem).subject)?.[1];

const separate = (pem: string): readonly string[] =>
  pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];

/**
 * The roots of a Region as a PEM file; of all Regions where it is a token.
 * @throws Error for a Region whose roots this version does not have
 */
export function rootsOf(region: string, from: string = import.meta.dirname): string {
  const all = separate(readFileSync(packageFile(from), 'utf8'));
  if (Token.isUnresolved(region)) return `${all.join('\n')}\n`;
  const own = all.filter((pem) => regionOfRoot(pem) === region);
  if (own.length === 0)
    throw new Error(
      `no root certificate of RDS in ${region} is known to this version; allowed: probe.rootsFile, a PEM file that you download from ` +
        `https://truststore.pki.rds.amazonaws.com/${region}/${region}-bundle.pem`,
    );
  return `${own.join('\n')}\n`;
}

function packageFile(from: string): string {
  const above = ['..', join('..', '..'), join('..', '..', '..')].map((up) => join(from, up));
  const candidates = above.flatMap((root) => [join(root, rootsInPackage), join(root, basename(rootsInPackage))]);
  const found = candidates.find((file) => existsSync(file));
  if (!found) throw new Error(`the root certificates of RDS are missing: ${candidates[0]}; run npm run build`);
  return found;
}
