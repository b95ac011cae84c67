import { describe, expect, test } from 'vitest';
import { pauseFrom } from '../../../cli/commands/pause.ts';
import type { Report } from '../../../lib/domain.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { shared } from '../../shared.ts';
import { type Environment, file, inSandbox, orders, run, runBuilt, startPatient, widest } from '../rig.ts';

describe('how long a pause lasts', () => {
  test.each([
    ['1m', 60_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['24h', 86_400_000],
    ['1440m', 86_400_000],
  ])('%s is %i ms', (text, ms) => {
    expect(pauseFrom(text)).toBe(ms);
  });

  test.each(['', '0m', '24h1m', '1441m', '90', '1d', '1.5h', '30m2h', 'h', '2H', ' 2h'])('%j is refused', (text) => {
    expect(() => pauseFrom(text)).toThrow('a time from 1m to 24h');
  });
});

describe('pause and resume', () => {
  let sandbox: Sandbox;
  let env: Environment;
  shared(
    async () => {
      sandbox = await startPatient();
      env = inSandbox(sandbox);
      file('databases.json', [
        { ...orders, targetGroupArn: sandbox.targetGroup.arn, reconcile: { dnsServers: [sandbox.dns.address] } },
      ]);
    },
    () => sandbox?.close(),
  );
  const scheduled = { source: 'aws.events', 'detail-type': 'Scheduled Event' };
  const addresses = () => sandbox.targetGroup.targets().map(({ ip }) => ip);
  const check = async (name: 'drift' | 'failover') =>
    (await sandbox.functions[name].invoke(scheduled)).payload as Report;

  test('stop both functions from changing the group, are seen in status and doctor, and let them go on', async () => {
    const paused = await runBuilt(['pause', 'orders', '--for', '2h'], env);
    expect(paused).toMatchObject({ code: 0, err: '' });
    expect(paused.out).toMatch(
      /^orders {2}PAUSED until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n {2}functions {2}orders-failover, orders-drift/,
    );
    expect(widest(paused.out)).toBeLessThanOrEqual(80);
    const status = await run(['status'], env);
    expect(status).toMatchObject({ code: 0 });
    expect(status.out).toMatch(
      /^orders {2}in sync, PAUSED until .*Z\n {2}the functions only observe until then; rds-target resume\s+orders/,
    );
    const doctor = await run(['doctor'], env);
    expect(doctor.code).toBe(3);
    expect(doctor.out).toMatch(/FAILED +corrects-differences +paused until .*wrong: .*resume/s);

    await sandbox.database.failover({ cause: 'crash' });
    const before = addresses();
    for (const name of ['drift', 'failover'] as const)
      expect(await check(name)).toMatchObject({ outcome: 'observed', pausedUntil: expect.any(String), registered: [] });
    const resync = await run(['resync'], env);
    expect(resync).toMatchObject({ code: 3 });
    expect(resync.out).toMatch(/PAUSED.*nothing was changed: the function only observes/s);
    expect(addresses()).toEqual(before);

    expect((await runBuilt(['resume'], env)).out).toMatch(/^orders {2}resumed.*rds-target resync checks/s);
    expect((await run(['resume'], env)).out).toMatch(/^orders {2}was not paused/);
    expect(await check('drift')).toMatchObject({ outcome: 'changed' });
    expect(addresses()).toContain(sandbox.database.writer().ip);
  });

  const refuseSecond = (action: string, code: string, status: number) => {
    let calls = 0;
    return sandbox.faults.add({ action, kind: 'error', code, status, when: () => calls++ > 0 });
  };

  test('say what is half done when the second function cannot be changed', async () => {
    const undo = refuseSecond('UpdateFunctionConfiguration', 'AccessDeniedException', 403);
    const { code, out, err } = await run(['pause', '--for', '30m'], env);
    undo();
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /only orders-failover was changed: AWS denies\s+lambda:UpdateFunctionConfiguration.*Then: repeat the command/s,
    );
    expect(await run(['resume'], env)).toMatchObject({ code: 0 });
  });

  test('change nothing when one of the functions cannot be read', async () => {
    const undo = refuseSecond('GetFunctionConfiguration', 'ResourceNotFoundException', 404);
    const { code, err } = await run(['pause', '--for', '30m'], env);
    undo();
    expect(code).toBe(1);
    expect(err).toContain('there is no function orders-drift');
    expect(await check('failover')).not.toHaveProperty('pausedUntil');
  });
});
