import { expect, test } from 'vitest';
import type { Context } from '../../../cli/access/functions.ts';
import { configOf, environmentOf } from '../../../cli/access/local.ts';
import type { Io } from '../../../cli/terminal/io.ts';
import { exampleEntries } from '../../infra/examples-rig.ts';

test('a run on this machine has the settings of the functions, and logs in to no database', async () => {
  const entry = exampleEntries('probe.json').find(({ targetGroupArn }) => targetGroupArn);
  const { targetGroupArn = '' } = entry ?? {};
  expect(entry && environmentOf(entry, targetGroupArn)).toMatchObject({ PROBE: 'secret' });
  const config = await configOf({} as Io, { selection: { entry } } as Context);
  expect(config).toMatchObject({ targetGroupArn, database: { name: 'tickets' }, probe: { login: 'off' } });
});
