import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  areUsable,
  copyRepaired,
  packagedBinaries,
  programs,
} from '../../../../sandbox/data-plane/postgres/binaries.ts';
import { engineIdentity } from '../../../../sandbox/data-plane/postgres/identity.ts';

describe('the programs', () => {
  const identity = engineIdentity();

  /** A copy of the package as npm leaves it when installation scripts are off. */
  function unlinkedPackage(mode: number) {
    const directory = mkdtempSync(join(tmpdir(), 'sandbox-test-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    chmodSync(directory, 0o711);
    const packaged = join(directory, 'native');
    const options = { recursive: true, verbatimSymlinks: true, filter: (path: string) => !path.endsWith('/share') };
    cpSync(packagedBinaries(), packaged, options);
    for (const { target } of JSON.parse(readFileSync(join(packaged, 'pg-symlinks.json'), 'utf8'))) {
      rmSync(join(packaged, '..', target), { force: true });
    }
    chmodSync(join(packaged, 'bin', 'initdb'), 0o644);
    chmodSync(packaged, mode);
    return { packaged, copy: join(directory, 'copy') };
  }

  test('run as they lie in the package, for a user who may enter its directory', () => {
    // Root's PostgreSQL runs as nobody, who may not enter every checkout; the copies below are for that.
    expect(areUsable(programs(packagedBinaries()), {})).toBe(true);
  });

  test.each([
    ['whose installation script has not run', 0o755],
    ['that only its owner may enter', 0o700],
  ])('run from a repaired copy of a package %s', async (_, mode) => {
    const { packaged, copy } = unlinkedPackage(mode);
    expect(areUsable(programs(packaged), identity)).toBe(false);
    await copyRepaired(packaged, copy, identity);
    expect(areUsable(programs(copy), identity)).toBe(true);
  });
});
