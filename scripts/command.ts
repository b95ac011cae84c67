import { chmod, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { licencesOf } from './licences.ts';

const file = 'dist/cli/rds-target.mjs';

/** Bundles the operator's command: one executable file, so that the package needs no more dependencies. */
export async function buildCommand(): Promise<void> {
  await rm('dist/cli', { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: ['cli/main.ts'],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: true,
    mainFields: ['module', 'main'],
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  await chmod(file, 0o755);
  await writeFile('dist/cli/THIRD-PARTY-LICENSES.txt', await licencesOf(Object.keys(metafile.inputs)));
  for (const [name, { bytes }] of Object.entries(metafile.outputs))
    console.log(`${name}  ${(bytes / 1024).toFixed(0)} KB`);
}
