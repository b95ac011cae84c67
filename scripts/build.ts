import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { recordBuild } from '../infra/reconciler/bundles.ts';
import { rootsInPackage } from '../infra/reconciler/rds-roots.ts';
import { buildCommand } from './command.ts';
import { inputsOf, licencesOf } from './licences.ts';
import { compilePackage } from './package.ts';
import { noConfigFiles, nodeByRequire, noEventStreams, plainDrivers, plainKeys } from './plugins.ts';
import { sbom } from './sbom.ts';
import { tellSizes } from './sizes.ts';

const reconcilers = ['failover', 'drift'];
const functions = [...reconcilers, 'acceptance', 'registration'];

/** What the reconcilers load on demand, each file in a bundle of its own beside index.mjs: a call that needs none of it pays for none. */
const onDemand: Readonly<Record<string, string>> = {
  doctor: 'functions/doctor.ts',
  notifier: 'lib/adapters/notifier.ts',
  probe: 'lib/adapters/prober/sessions.ts',
  'probe-postgres': 'lib/adapters/prober/postgres.ts',
  'probe-mysql': 'lib/adapters/prober/mysql.ts',
};

const namesByFile = new Map(Object.entries(onDemand).map(([name, file]) => [resolve(file), name]));

const apart: Plugin = {
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\// }, ({ kind, path, resolveDir }) => {
      const name = kind === 'dynamic-import' ? namesByFile.get(resolve(resolveDir, path)) : undefined;
      return name === undefined ? undefined : { path: `./${name}.mjs`, external: true };
    });
  },
};

/** One function: its bundle and what it loads on demand, with licences and an SBOM of what is in both. */
async function buildFunction(name: string, directory = `dist/functions/${name}`): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [
      { in: `functions/${name}/index.ts`, out: 'index' },
      ...(reconcilers.includes(name) ? Object.entries(onDemand).map(([out, file]) => ({ in: file, out })) : []),
    ],
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    // `module` first halves the bundle: the SDK's ES modules can be shaken, its CommonJS ones cannot.
    mainFields: ['module', 'main'],
    // In Lambda credentials always come from the environment; the chain that looks elsewhere costs a sixth of the cold start.
    alias: { '@aws-sdk/credential-provider-node': './functions/environment-credentials.ts' },
    // What is left of CommonJS asks for Node's modules by `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: [noEventStreams, noConfigFiles, nodeByRequire, plainKeys, plainDrivers, apart, sbom],
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  await writeFile(`${directory}/THIRD-PARTY-LICENSES.txt`, await licencesOf(inputsOf(metafile)));
  return metafile;
}

for (const directory of ['dist/functions', 'dist/lab']) await rm(directory, { recursive: true, force: true });
const [lab, ...metafiles] = await Promise.all([
  // Of the lab alone: no part of the package.
  buildFunction('lab-client', 'dist/lab/client'),
  ...functions.map((name) => buildFunction(name)),
]);
const [inputs, outputs] = [
  Object.assign({}, lab.inputs, ...metafiles.map((one) => one.inputs)) as Metafile['inputs'],
  Object.assign({}, ...metafiles.map((one) => one.outputs)) as Metafile['outputs'],
];

tellSizes(outputs);

await buildCommand();
await compilePackage();
recordBuild('.', Object.keys(inputs), [...Object.keys(lab.outputs), ...Object.keys(outputs), rootsInPackage]);
