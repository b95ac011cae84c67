import { cyclonedxEsbuildPlugin } from '@cyclonedx/cyclonedx-esbuild';

/** Writes `bom.cdx.json` beside what is built: the packages of which something is left in it. The same build writes the same. */
export const sbom = cyclonedxEsbuildPlugin({
  outputFile: 'bom.cdx.json',
  outputReproducible: true,
  // Validation takes as long as the whole build; test/security.test.ts validates what it writes.
  validate: false,
  logLevel: 'silent',
});
