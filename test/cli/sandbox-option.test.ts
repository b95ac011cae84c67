import { describe, expect, test } from 'vitest';
import { bare, run } from './rig.ts';

/* `--sandbox`: no account, no credentials, no configuration file; the command starts everything and takes it down again. */

describe('--sandbox', () => {
  test('answers every command without an account, in the function and here', async () => {
    // One after another: each starts a whole sandbox.
    const status = await run(['status', '--sandbox', '--json'], bare);
    const local = await run(['plan', 'orders', '--sandbox', '--local'], bare);
    const events = await run(['events', '--sandbox', '--json'], bare);
    const doctor = await run(['doctor', '--sandbox'], bare);
    expect(status).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(status.out)).toMatchObject({ outcome: 'in-sync', database: 'orders' });
    expect(local).toMatchObject({ code: 0, err: '' });
    expect(local.out).toContain('this machine (--local)');
    // Whether the schedule has fired often enough by now is for a busy machine to say; everything else is in order.
    expect(doctor.out).toMatch(/ok +group-type-ip.*ok +permissions-suffice/s);
    expect(doctor.err).toBe('');
    expect(events).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(events.out).failovers).toMatchObject([{ correctedBy: 'event', lagMs: expect.any(Number) }]);
  });
});
