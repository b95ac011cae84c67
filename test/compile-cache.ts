import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Workers and the commands that they start compile what they load once for all of them: a third of a synth, and half of a command, is
 * compiling. The functions in the sandbox have an environment of their own, and start as cold as ever.
 */
export default function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'rds-target-compiled-'));
  process.env.NODE_COMPILE_CACHE = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}

/** For children whose environment is made anew. */
export const compileCache = (): Readonly<Record<string, string>> => {
  const directory = process.env.NODE_COMPILE_CACHE;
  return directory ? { NODE_COMPILE_CACHE: directory } : {};
};
