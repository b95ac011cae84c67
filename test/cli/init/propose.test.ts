import { expect, test } from 'vitest';
import type { Account } from '../../../cli/init/account.ts';
import { propose } from '../../../cli/init/propose.ts';
import { openDatabases } from '../../../infra/config/databases-file.ts';
import { outsideOf } from '../terminal.ts';

/** Whatever is asked, there is none. */
const empty = { ask: async () => [] } as unknown as Account;

test.each([
  [false, '--region and --profile must name its Region and account; nothing was written'],
  [true, "write an identifier of the sandbox's, or leave --sandbox out to ask AWS; nothing was written"],
])('an unknown identifier: where to look depends on who was asked (sandbox: %s)', async (sandbox, next) => {
  const request = { id: 'ordres', sandbox };
  const work = { request, file: openDatabases('none-such.json'), name: 'none-such.json', isDry: true };
  await expect(propose(outsideOf().io, empty, work)).rejects.toThrow(`\nNext: ${next}`);
});
