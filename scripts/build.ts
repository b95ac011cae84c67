import { readFile, rm, writeFile } from 'node:fs/promises';
import { build, type Metafile, type Plugin } from 'esbuild';
import { recordBuild } from '../infra/built-from.ts';
import { buildCommand } from './command.ts';
import { inputsOf, licencesOf } from './licences.ts';
import { compilePackage } from './package.ts';
import { sbom } from './sbom.ts';
import { tellSizes } from './sizes.ts';

const reconcilers = ['failover', 'drift'];
const functions = [...reconcilers, 'acceptance', 'registration'];

/** To import node:http, an ES module reads all that it exports, WebSocket among it, and Node loads undici for that: 6 ms. */
const httpByRequire: Plugin = {
  name: 'http-by-require',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?http$/ }, ({ namespace }) =>
      namespace === 'by-require' ? { external: true } : { path: 'node:http', namespace: 'by-require' },
    );
    onLoad({ filter: /.*/, namespace: 'by-require' }, () => ({
      contents: "module.exports = require('node:http');",
      loader: 'js',
    }));
  },
};

/**
 * The schemas of EC2 and others have keys like `[_xN]`, where `const _xN = "xmlName"`: what looks at a variable cannot be left out, so
 * one call would bring the schemas of all (537 KB). With the names put in, only those of the calls that are used remain.
 */
const plainKeys: Plugin = {
  name: 'plain-keys',
  setup({ onLoad }) {
    onLoad({ filter: /client-[\w-]+\/dist-es\/schemas\/schemas_0\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const names = new Map(
        [...text.matchAll(/^const (_\w+) = ("[^"]*");$/gm)].map(([, name = '', value = '']) => [name, value]),
      );
      return { contents: text.replace(/\[(_\w+)\]: /g, (key, name) => `${names.get(name) ?? key}: `), loader: 'js' };
    });
  },
};

/** A bundle of its own, so that only who asks the doctor loads it. */
const doctorApart: Plugin = {
  name: 'doctor-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/doctor\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './doctor.mjs', external: true } : undefined,
    );
  },
};

/** One function: its bundle and what it loads on demand, with licences and an SBOM of what is in both. */
async function buildFunction(name: string): Promise<Metafile> {
  const directory = `dist/functions/${name}`;
  const { metafile } = await build({
    entryPoints: [
      { in: `functions/${name}/index.ts`, out: 'index' },
      ...(reconcilers.includes(name) ? [{ in: 'functions/doctor.ts', out: 'doctor' }] : []),
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
    plugins: [httpByRequire, plainKeys, doctorApart, sbom],
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  await writeFile(`${directory}/THIRD-PARTY-LICENSES.txt`, await licencesOf(inputsOf(metafile)));
  return metafile;
}

await rm('dist/functions', { recursive: true, force: true });
const metafiles = await Promise.all(functions.map(buildFunction));
const [inputs, outputs] = [
  Object.assign({}, ...metafiles.map((one) => one.inputs)) as Metafile['inputs'],
  Object.assign({}, ...metafiles.map((one) => one.outputs)) as Metafile['outputs'],
];

tellSizes(outputs);

await buildCommand();
await compilePackage();
recordBuild('.', Object.keys(inputs), Object.keys(outputs));
