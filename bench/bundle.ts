import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figure } from './figures.ts';

export async function bundleSize(): Promise<Figure[]> {
  const { size } = await stat(join(import.meta.dirname, '../dist/functions/failover/index.mjs'));
  return [{ name: 'bundle', value: Math.round(size / 1024), unit: 'KB', limit: 600 }];
}
