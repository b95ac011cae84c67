import { describe, expect, test } from 'vitest';
import { bare, run } from './rig.ts';

/* `--sandbox`: no account, no credentials, no configuration file; the command starts everything and takes it down again. */

describe('--sandbox', () => {
  test('answers every command without an account, in the function and here', async () => {
    const [status, local, events, doctor] = await Promise.all([
      run(['status', '--sandbox', '--json'], bare),
      run(['plan', 'orders', '--sandbox', '--local'], bare),
      run(['events', '--sandbox', '--json'], bare),
      run(['doctor', '--sandbox'], bare),
    ]);
    expect(status).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(status.out)).toMatchObject({ outcome: 'in-sync', database: 'orders' });
    expect(local).toMatchObject({ code: 0, err: '' });
    expect(local.out).toContain('this machine (--local)');
    expect(doctor, doctor.out).toMatchObject({ code: 0, err: '' });
    expect(events).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(events.out).failovers).toMatchObject([{ lagMs: expect.any(Number) }]);
  });
});
