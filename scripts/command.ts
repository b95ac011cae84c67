import { chmod, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { inputsOf, licencesOf } from './licences.ts';
import { nodeByRequire, noEventStreams, plainKeys } from './plugins.ts';
import { sbom } from './sbom.ts';
import { tellSizes } from './sizes.ts';

const file = 'dist/cli/rds-target.mjs';

/**
 * Bundles the operator's command, so that the package needs no more dependencies. What only a drill needs (database drivers, the
 * drawing of the report) is loaded when it is needed: it would double the time of every other command.
 */
export async function buildCommand(): Promise<void> {
  await rm('dist/cli', { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: [{ in: 'cli/main.ts', out: 'rds-target' }],
    outdir: 'dist/cli',
    outExtension: { '.js': '.mjs' },
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    // PostgreSQL's native binding is optional, and not part of the package.
    external: ['pg-native'],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: true,
    mainFields: ['module', 'main'],
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    plugins: [noEventStreams, nodeByRequire, plainKeys, sbom],
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  await chmod(file, 0o755);
  await writeFile('dist/cli/THIRD-PARTY-LICENSES.txt', await licencesOf(inputsOf(metafile)));
  tellSizes(metafile.outputs);
}
