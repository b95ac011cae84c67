import { join } from 'node:path';
import type { Config } from '../../lib/config.ts';
import type { SandboxClock } from '../clock.ts';
import type { Journal } from '../journal.ts';
import { createFunction } from './function.ts';
import type { Deployed } from './lambda-api.ts';

const bundles = join(import.meta.dirname, '..', '..', 'dist', 'functions');

type Shared = { readonly clock: SandboxClock; readonly journal: Journal };

/** The time-outs of our CDK. Two seconds of them are for the last words, and those are not AWS's but this machine's. */
export function deployment(
  name: string,
  { pace }: Config,
  environment: Record<string, string>,
  { clock, journal }: Shared,
): Deployed {
  const settings = { environment, memoryMb: 256, timeoutMs: pace.watchMs + 4000 };
  const bundle = join(bundles, name, 'index.mjs');
  return { ...settings, lambda: createFunction({ ...settings, name: `orders-${name}`, bundle, clock, journal }) };
}
