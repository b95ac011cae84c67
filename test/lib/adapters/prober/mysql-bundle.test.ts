import { Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Open } from '../../../../lib/adapters/prober/session.ts';
import { startFakeMysql } from './fake-mysql.ts';
import { host } from './rig.ts';

test('the driver that is deployed has no tables of character sets, and reads texts as UTF-8', async () => {
  const built = join(import.meta.dirname, '../../../../dist/functions/failover/probe-mysql.mjs');
  const { openMysql }: { openMysql: Open } = await import(built);
  const server = await startFakeMysql(host);
  onTestFinished(() => server.close());
  const opened = (password: string) => {
    const socket = new Socket();
    onTestFinished(() => void socket.destroy());
    const member = { ip: '127.0.0.1', port: server.port, host };
    const credentials = { user: 'rds_target_probe', password };
    return openMysql({ member, socket, credentials, isToken: false, roots: server.roots });
  };
  await expect(opened('wrong')).rejects.toMatchObject({ errno: 1045, message: expect.stringContaining('geprüft') });
  const session = await opened('right');
  expect(await session.isWriter()).toBe(true);
  await server.setReadOnly(true);
  expect(await session.isWriter()).toBe(false);
});
