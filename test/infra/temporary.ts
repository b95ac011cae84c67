import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

// The CDK makes a directory for each app that is synthesised, and leaves it there.
const outer = process.env.TMPDIR;
const directory = mkdtempSync(join(tmpdir(), 'rds-target-infra-'));
process.env.TMPDIR = directory;
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
  // A worker that goes on with the next file must not look for it.
  if (outer === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = outer;
});
