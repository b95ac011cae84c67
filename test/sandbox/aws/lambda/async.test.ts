import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../until.ts';
import { createRig, type Rig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await createRig(4_000);
});
afterEach(() => rig.close());

const nap = (ms: number) => `await new Promise((resolve) => setTimeout(resolve, ${ms}));`;

describe('several invocations at once', () => {
  test('run in one environment each, which are used again', async () => {
    const slow = await rig.create(`export const handler = async () => { ${nap(150)} return process.pid; };`);
    const first = await Promise.all([slow.invoke({}), slow.invoke({}), slow.invoke({})]);
    const pids = new Set(first.map(({ payload }) => payload));
    expect(pids.size).toBe(3);
    const second = await Promise.all([slow.invoke({}), slow.invoke({})]);
    for (const { payload } of second) expect(pids).toContain(payload);
    expect(rig.pids()).toHaveLength(3);
  });

  test('are throttled beyond the concurrency', async () => {
    const slow = await rig.create(`export const handler = async () => { ${nap(100)} };`, { concurrency: 1 });
    const [first, second] = await Promise.all([slow.invoke({}), slow.invoke({})]);
    expect(first.status).toBe('succeeded');
    expect(second).toMatchObject({ status: 'failed', payload: { errorType: 'TooManyRequestsException' } });
    expect(slow.results()).toEqual([first]);
    expect((await slow.invoke({})).status).toBe('succeeded');
  });
});

describe('an asynchronous invocation', () => {
  const failing = `let calls = 0;
    export const handler = async ({ failures }) => { calls += 1; if (calls <= failures) throw new Error('call ' + calls); };`;

  test('is tried again after one and two minutes, and then given up', async () => {
    const broken = await rig.create(failing);
    broken.invokeAsync({ failures: 9 });
    await broken.idle();
    const results = broken.results();
    expect(results.map(({ status }) => status)).toEqual(['failed', 'failed', 'failed']);
    expect(new Set(results.map(({ requestId }) => requestId)).size).toBe(1);
    expect(rig.occurrences('retry-scheduled').map(({ detail }) => detail?.afterAwsMs)).toEqual([60_000, 120_000]);
    expect(rig.occurrences('event-dropped')).toMatchObject([{ detail: { reason: 'RetriesExhausted' } }]);
    expect(rig.occurrences('invocation-finished').map(({ detail }) => detail?.attempt)).toEqual([1, 2, 3]);
  });

  test('waits between its attempts', async () => {
    const broken = await rig.create(failing);
    broken.invokeAsync({ failures: 2 });
    await broken.idle();
    const scheduled = rig.occurrences('retry-scheduled').map(({ at }) => at);
    const finished = rig.occurrences('invocation-finished').map(({ at }) => at);
    expect((finished[1] ?? 0) - (scheduled[0] ?? 0)).toBeGreaterThanOrEqual(14);
    expect((finished[2] ?? 0) - (scheduled[1] ?? 0)).toBeGreaterThanOrEqual(29);
    expect(broken.results().at(-1)?.status).toBe('succeeded');
    expect(rig.occurrences('event-dropped')).toEqual([]);
  });

  test('is tried as often as asked', async () => {
    const broken = await rig.create(failing, { retry: { attempts: 1, delaysAwsMs: [1_000] } });
    broken.invokeAsync({ failures: 9 });
    await broken.idle();
    expect(broken.results()).toHaveLength(2);
  });

  test.each([
    ['a crash', 'crashed', 'process.exit(1);', 10_000],
    ['a time-out', 'timed-out', nap(60_000), 100],
  ])('is tried again after %s too', async (_what, status, body, timeoutMs) => {
    const retry = { attempts: 1, delaysAwsMs: [1_000] };
    const unlucky = await rig.create(`export const handler = async () => { ${body} };`, { timeoutMs, retry });
    unlucky.invokeAsync({});
    await unlucky.idle();
    expect(unlucky.results().map((result) => result.status)).toEqual([status, status]);
  });

  test('waits for a free environment, which is no attempt', async () => {
    const slow = await rig.create(`export const handler = async () => { ${nap(40)} };`, { concurrency: 1 });
    for (let event = 0; event < 4; event += 1) slow.invokeAsync({ event });
    await slow.idle();
    expect(slow.results().map(({ status }) => status)).toEqual(Array(4).fill('succeeded'));
    expect(rig.occurrences('throttled').length).toBeGreaterThan(2);
    expect(rig.occurrences('retry-scheduled')).toEqual([]);
  });
});

describe('idle', () => {
  test('waits for what runs and for retries', async () => {
    const slow = await rig.create(`export const handler = async () => { ${nap(100)} throw new Error('no'); };`);
    await slow.idle();
    slow.invokeAsync({});
    let idle = false;
    void slow.idle().then(() => {
      idle = true;
    });
    await until(() => rig.occurrences('retry-scheduled').length === 1, 'the first attempt has failed');
    expect(idle).toBe(false);
    await slow.idle();
    expect(slow.results()).toHaveLength(3);
  });

  test('does not wait for retries that were cancelled with the function', async () => {
    const broken = await rig.create('export const handler = async () => { throw new Error("no"); };', {
      retry: { attempts: 1, delaysAwsMs: [3_600_000_000] },
    });
    broken.invokeAsync({});
    await until(() => rig.occurrences('retry-scheduled').length === 1, 'the first attempt has failed');
    await broken.close();
    await broken.idle();
    expect(broken.results()).toHaveLength(1);
  });
});
