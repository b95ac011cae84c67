import { expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/start.ts';
import { until } from './until.ts';

test.each([
  { fence: true, does: 'falls silent', door: 'door-silent' },
  { fence: false, does: 'refuses connections', door: 'door-closed' },
])('with fence $fence the old host $does', async ({ fence, door }) => {
  const { sandbox } = await startSandbox({
    ...{ database: 'instance', speed: 20, seed: 1, loadBalancer: 'ideal' },
    ...{ loseEvents: true, flap: false, apiLagSeconds: 0, fence },
  });
  try {
    const doors = () => sandbox.journal.all().filter(({ what }) => what.startsWith('door-'));
    const before = doors().length;
    const failover = sandbox.database.failover({ cause: 'crash' });
    await until(() => doors().length > before, "the load balancer's door follows the host");
    expect(doors()[before]?.what).toBe(door);
    await failover;
  } finally {
    await sandbox.close();
  }
});
