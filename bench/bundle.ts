import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figure } from './figures.ts';

export async function bundleSize(): Promise<Figure[]> {
  const sizeOf = async (file: string) =>
    Math.round((await stat(join(import.meta.dirname, '../dist/functions/failover', file))).size / 1024);
  return [
    { name: 'bundle', value: await sizeOf('index.mjs'), unit: 'KB', limit: 350 },
    {
      name: "bundle of the doctor's extended checks, loaded by no other call",
      value: await sizeOf('doctor.mjs'),
      unit: 'KB',
      limit: 400,
    },
  ];
}
