import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { initialise } from '../../../../sandbox/data-plane/postgres/data-directory.ts';

test('a container that runs under a number without a name is told what PostgreSQL wants', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'initdb-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const initdb = join(folder, 'initdb');
  // What initdb says then, as the test itself has a name.
  const said = 'initdb: could not look up effective user ID 1234: user does not exist';
  writeFileSync(initdb, `#!/bin/sh\necho '${said}' >&2\nexit 1\n`, { mode: 0o755 });
  const guard = { watch: () => {} };
  const secrets = { access: { password: 'x' } } as never;
  await expect(initialise(join(folder, 'data'), { initdb, postgres: '' }, {}, guard as never, secrets)).rejects.toThrow(
    `initdb ended with 1: ${said}\nNext: run this as a user that has an entry in /etc/passwd, or as root`,
  );
});
