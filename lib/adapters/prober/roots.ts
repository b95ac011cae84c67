import { readFile } from 'node:fs/promises';
import { unable } from './faults.ts';

/** The root certificates of RDS in the Region, PEM. A deployment writes it beside the bundle. */
const rootsFile = 'rds-roots.pem';

/** @throws ProbeFault where there is none: a member is never asked without being verified */
export async function readRoots(file = new URL(rootsFile, import.meta.url)): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  // Without a certificate in it Node would trust the system's authorities.
  if (!text?.includes('-----BEGIN CERTIFICATE-----'))
    throw unable(
      `${rootsFile} is missing beside index.mjs, so no certificate can be verified. Next: deploy with the constructs, which write it, or put RDS's root certificates of the Region there.`,
    );
  return text;
}
