import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bare, run, runBuilt } from '../rig.ts';

/* `--sandbox`: no account, no credentials, no configuration file; the command starts everything and takes it down again. */

const guide = readFileSync(join(import.meta.dirname, '../../../docs/connections.md'), 'utf8');

describe('--sandbox', () => {
  test('answers every command without an account, in the function and here', async () => {
    // One after another: each starts a whole sandbox.
    const status = await runBuilt(['status', '--sandbox', '--json'], bare);
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

  test('has a consumer that waits: connections lists it, accepts it, and cuts off the other', async () => {
    const states = async (...words: string[]) => {
      const { code, out, err } = await run(['connections', ...words, '--sandbox', '--json'], bare);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const { connections, drift } = JSON.parse(out) as {
        connections: { endpointId: string; account: string; state: string }[];
        drift: object;
      };
      expect(drift).toEqual({ missing: [], surplus: [] });
      return connections.map(({ endpointId, account, state }) => ({ endpointId, is: `${account} ${state}` }));
    };
    const listed = await states();
    expect(listed.map(({ is }) => is)).toEqual(['444455556666 pendingAcceptance', '777788889999 available']);
    const [waiting, working] = listed.map(({ endpointId }) => endpointId);
    // Each has a sandbox of its own: what one accepts is not what the next one finds.
    const [, line = '', shown] = /```console\n\$ rds-target (.*)\n([\s\S]*?)```/.exec(guide) ?? [];
    expect(line).toBe('connections accept 444455556666 --sandbox');
    expect(await runBuilt(line.split(' '), bare)).toEqual({ code: 0, err: '', out: shown });
    expect(shown).toMatch(
      new RegExp(`accepted ${waiting} of account 444455556666\n[^]*${waiting} +444455556666 +available`),
    );
    expect(await states('reject', working ?? '')).toContainEqual({
      endpointId: working,
      is: '777788889999 rejected',
    });
  });
});
