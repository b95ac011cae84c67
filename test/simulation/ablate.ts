import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Rule } from './ablation-rules.ts';

/* Loaded before a storm, in each of its threads: one rule of the core is taken out as its file is loaded. */

const { ABLATION } = process.env;
if (ABLATION) {
  const { file, from, to } = JSON.parse(ABLATION) as Rule;
  const path = join(import.meta.dirname, '..', '..', file);
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (!url.startsWith('file:') || fileURLToPath(url) !== path) return loaded;
      return { ...loaded, source: String(loaded.source).replace(from, () => to) };
    },
  });
}
