import { existsSync } from 'node:fs';

/* Before `cdk`, so that a fresh clone synthesises. What is there stays: after a change of sources `npm run build` builds anew. */

const bundles = ['failover', 'drift', 'acceptance'].map((name) => `dist/functions/${name}/index.mjs`);

if (!bundles.every((bundle) => existsSync(bundle))) {
  console.error('the functions are not built yet: building them (npm run build)');
  await import('./build.ts');
}
