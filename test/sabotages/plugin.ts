import { join } from 'node:path';
import type { Plugin } from 'vitest/config';
import type { Change } from './sabotages.ts';

const root = join(import.meta.dirname, '..', '..');

/** The one change that `npm run sabotages` asks for: made as the file is loaded, so that the checkout stays as it is. */
export function sabotagePlugin(): Plugin | undefined {
  const { SABOTAGE } = process.env;
  if (!SABOTAGE) return undefined;
  const { file, from, to } = JSON.parse(SABOTAGE) as Change;
  return {
    name: 'sabotage',
    enforce: 'pre',
    transform: (code, id) => (id === join(root, file) ? code.replace(from, () => to) : undefined),
  };
}
