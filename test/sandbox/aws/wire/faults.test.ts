import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Fault } from '../../../../sandbox/aws/wire/faults.ts';
import { closeServers, codeOf, serve } from './rig.ts';

afterEach(closeServers);

describe('faults', () => {
  const counted = async (...faults: Fault[]) => {
    let effects = 0;
    const count = () => {
      effects += 1;
      return 'done';
    };
    const served = await serve({ Add: count, Other: count });
    const removals = faults.map((fault) => served.faults.add(fault));
    const status = (form: Record<string, string>) => served.call(form).then((response) => response.status);
    return { ...served, removals, status, add: () => status({ Action: 'Add' }), effects: () => effects };
  };

  test('answers with the error that was ordered, as often as was ordered, without an effect', async () => {
    const { call, add, effects } = await counted({
      action: 'Add',
      kind: 'error',
      code: 'ServiceUnavailable',
      times: 2,
    });
    const response = await call({ Action: 'Add' });
    expect([response.status, await codeOf(response)]).toEqual([503, 'ServiceUnavailable']);
    expect(await add()).toBe(503);
    expect(effects()).toBe(0);
    expect(await add()).toBe(200);
  });

  test('hits other actions only when ordered for all', async () => {
    const { status, faults } = await counted({ action: 'Add', kind: 'throttle' });
    expect(await status({ Action: 'Other' })).toBe(200);
    faults.add({ action: 'all', kind: 'error', code: 'AccessDenied' });
    expect(await status({ Action: 'Other' })).toBe(403);
  });

  test('hits only the parameters that were ordered', async () => {
    const { status } = await counted({ action: 'Add', kind: 'throttle', when: (params) => params.get('To') === 'x' });
    expect(await status({ Action: 'Add', To: 'y' })).toBe(200);
    expect(await status({ Action: 'Add', To: 'x' })).toBe(400);
  });

  test('stays until it is removed or all are cleared', async () => {
    const { add, removals, faults } = await counted({ action: 'Add', kind: 'throttle' });
    expect([await add(), await add()]).toEqual([400, 400]);
    removals[0]?.();
    expect(await add()).toBe(200);
    faults.add({ action: 'Add', kind: 'throttle' });
    faults.clear();
    expect(await add()).toBe(200);
  });

  test('delays, and then lets another fault decide', async () => {
    const { add, server } = await counted(
      { action: 'all', kind: 'latency', ms: 40 },
      { action: 'Add', kind: 'throttle' },
    );
    expect(await add()).toBe(400);
    expect(server.calls()[0]?.durationMs).toBeGreaterThanOrEqual(39);
  });

  test('breaks the connection before the effect, or after it', async () => {
    const { add, effects, server } = await counted(
      { action: 'Add', kind: 'reset', times: 1 },
      { action: 'Add', kind: 'lost-reply', times: 1 },
    );
    await expect(add()).rejects.toThrow();
    expect(effects()).toBe(0);
    await expect(add()).rejects.toThrow();
    expect(effects()).toBe(1);
    expect(server.calls().map(({ outcome }) => outcome)).toEqual(['reset', 'lost-reply']);
  });

  test.each(['hang', 'hang-after-effect'] as const)(
    'never answers under %s; the end of the server ends it',
    async (kind) => {
      const { add, effects, server } = await counted({ action: 'Add', kind });
      let ended = false;
      const hanging = add().finally(() => {
        ended = true;
      });
      hanging.catch(() => {});
      await vi.waitUntil(() => server.calls().length === 1, { timeout: 30_000 });
      expect(ended).toBe(false);
      expect(effects()).toBe(kind === 'hang' ? 0 : 1);
      await server.close();
      await expect(hanging).rejects.toThrow();
    },
  );

  test.each([
    ['trickle', 1],
    ['endless', 10_000_000],
  ] as const)('gives a reply that goes on until the caller hangs up: %s', async (kind, least) => {
    const { call, effects } = await counted({ action: 'Add', kind });
    const { body, status } = await call({ Action: 'Add' });
    let length = 0;
    // Leaving the loop hangs up.
    for await (const chunk of body ?? []) {
      length += chunk.length;
      if (length >= least) break;
    }
    expect([status, length >= least, effects()]).toEqual([200, true, 0]);
  });

  test('gives a delayed call no effect when the server ends meanwhile', async () => {
    const { add, effects, server, faults } = await counted();
    let arrived = false;
    faults.add({ action: 'Add', kind: 'latency', ms: 50, when: () => (arrived = true) });
    const delayed = add();
    delayed.catch(() => {});
    await vi.waitUntil(() => arrived, { timeout: 30_000 });
    await server.close();
    await expect(delayed).rejects.toThrow();
    // A timer of the same length that is set later fires later.
    await setTimeout(50);
    expect(effects()).toBe(0);
  });
});
