import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** To import node:http, an ES module reads all that it exports, WebSocket among it, and Node loads undici for that: 6 ms. */
export const httpByRequire: Plugin = {
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
