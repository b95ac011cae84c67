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
