import { expect, test } from 'vitest';
import { changes, eventually, live, reportOf, start, writerOf } from './rig.ts';

/* The built bundles keep the standby of a Multi-AZ instance in the group, over EC2's wire protocol. */

const marker = 'sg-0123456789abcdef9';

test('a standby that is in the group makes a failover one without a registration, and is none beside a stranger with its marker', async () => {
  const sandbox = await start({
    isScheduled: false,
    config: ({ database, policy, ...config }) => ({
      ...config,
      database: { ...database, markerSecurityGroup: marker },
      policy: { ...policy, warmStandby: true },
    }),
  });
  const { drift } = sandbox.functions;
  const check = async (action: string) => reportOf(await drift.invoke({ action }));
  const former = writerOf(sandbox);
  await eventually(async () => expect((await check('resync')).outcome).toBe('in-sync'));
  const [standby = ''] = live(sandbox).filter((key) => key !== former);
  expect(await check('status')).toMatchObject({ standby: { kind: 'proven', target: standby }, outcome: 'in-sync' });

  const before = changes(sandbox).length;
  await sandbox.database.failover({ cause: 'crash' });
  await sandbox.functions.failover.idle();
  expect(writerOf(sandbox)).toBe(standby);
  expect(await check('status')).toMatchObject({ standby: { kind: 'proven', target: former }, outcome: 'in-sync' });
  expect(changes(sandbox).slice(before)).toEqual([]);

  sandbox.surroundings.ec2.interfaces.set('10.0.3.77', {
    id: 'eni-0fedcba9876543210',
    type: 'interface',
    description: 'web server',
    securityGroups: [marker],
  });
  expect((await check('status')).detail).toMatch(
    /^no warm standby is registered: the marker security group is also on eni-0fedcba9876543210/,
  );
});
