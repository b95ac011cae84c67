import { existsSync } from 'node:fs';
import { stalenessOf } from '../infra/reconciler/bundles.ts';

/* Before `cdk`, so that what is synthesised is what the sources say: in a fresh clone, and after a change. */

const bundles = ['failover', 'drift', 'acceptance', 'registration'].map((name) => `dist/functions/${name}/index.mjs`);

const reason = bundles.every((bundle) => existsSync(bundle)) ? stalenessOf('.') : 'the functions are not built yet';

if (reason) {
  console.error(`${reason}: building them (npm run build)`);
  await import('./build.ts');
}
