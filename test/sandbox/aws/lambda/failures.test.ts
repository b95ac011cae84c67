import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRig, isAlive, type Rig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.close());

describe('the time-out', () => {
  test('kills a handler that waits, and the next invocation starts cold', async () => {
    const hanging = await rig.create(
      `export const handler = async ({ wait }) => {
        console.log('waiting');
        if (wait) await new Promise((resolve) => setTimeout(resolve, 60_000));
      };`,
      { timeoutMs: 1_000 },
    );
    const result = await hanging.invoke({ wait: true });
    expect(result).toMatchObject({
      status: 'timed-out',
      payload: {
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: ${result.requestId} Error: Task timed out after 1.00 seconds`,
      },
    });
    expect(result.log).toEqual([
      expect.stringContaining('waiting'),
      expect.stringMatching(new RegExp(`^\\S+Z ${result.requestId} Task timed out after 1\\.00 seconds$`)),
    ]);
    expect(rig.pids().filter(isAlive)).toEqual([]);
    const next = await hanging.invoke({});
    expect(next.status).toBe('succeeded');
    expect(next.initMs).toBeGreaterThan(0);
  });

  test('kills a handler that computes for ever', async () => {
    const busy = await rig.create('export const handler = async () => { while (true); };', { timeoutMs: 200 });
    expect((await busy.invoke({})).status).toBe('timed-out');
    expect(rig.pids().filter(isAlive)).toEqual([]);
  });
});

describe('a process that goes', () => {
  test.each([
    ['process.exit(3)', 'Runtime exited with error: exit status 3'],
    ['process.exit(0)', 'Runtime exited without providing a reason'],
    ["process.kill(process.pid, 'SIGKILL')", 'Runtime exited with error: signal: killed'],
  ])('is reported: %s', async (statement, reason) => {
    const leaving = await rig.create(`export const handler = async () => {
      console.log('leaving'); ${statement}; await new Promise((resolve) => setTimeout(resolve, 5_000)); };`);
    const { requestId, ...result } = await leaving.invoke({});
    expect(result).toMatchObject({
      status: 'crashed',
      payload: { errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${requestId} Error: ${reason}` },
    });
    expect(result.log).toEqual([
      expect.stringContaining('leaving'),
      expect.stringContaining(reason),
      'Runtime.ExitError',
    ]);
  });

  test('is reported when its promise never settles', async () => {
    const stuck = await rig.create('export const handler = () => new Promise(() => {});');
    expect(await stuck.invoke({})).toMatchObject({
      status: 'crashed',
      payload: { errorMessage: expect.stringContaining('exit status 13') },
    });
  });

  test('is reported when the memory is not enough, where more memory is', async () => {
    const source = `export const handler = async () => {
      const kept = [];
      for (let i = 0; i < 22; i += 1) kept.push(new Array(1 << 20).fill(i));
      return kept.length;
    };`;
    const small = await rig.create(source, { memoryMb: 128 });
    const result = await small.invoke({});
    expect(result).toMatchObject({ status: 'crashed', payload: { errorType: 'Runtime.ExitError' } });
    expect(result.log.join('\n')).toContain('heap out of memory');
    const large = await rig.create(source, { memoryMb: 512 });
    expect(await large.invoke({})).toMatchObject({ status: 'succeeded', payload: 22 });
  });
});

describe('an initialisation that fails', () => {
  test('is tried twice and reported', async () => {
    const broken = await rig.create(`console.log('importing'); throw new RangeError('TARGET_PORT is missing');`);
    const result = await broken.invoke({});
    expect(result).toMatchObject({
      status: 'failed',
      payload: { errorType: 'RangeError', errorMessage: 'TARGET_PORT is missing', trace: expect.any(Array) },
    });
    expect(result.initMs).toBeUndefined();
    expect(result.log.filter((line) => line.endsWith('importing'))).toHaveLength(2);
    expect(rig.occurrences('init-failed')).toHaveLength(2);
    expect(rig.pids().filter(isAlive)).toEqual([]);
  });

  test('may succeed the second time', async () => {
    const path = join(rig.directory, 'first-time');
    const flaky = await rig.create(`import { existsSync, writeFileSync } from 'node:fs';
      if (!existsSync(${JSON.stringify(path)})) { writeFileSync(${JSON.stringify(path)}, ''); throw new Error('once'); }
      export const handler = async () => 'fine';`);
    expect(await flaky.invoke({})).toMatchObject({ status: 'succeeded', payload: 'fine' });
    expect(rig.occurrences('init-failed')).toHaveLength(1);
  });

  test.each([
    [
      'a module that is not there',
      `import './absent.mjs'; export const handler = () => 1;`,
      'Runtime.ImportModuleError',
    ],
    ['a mistake in the syntax', 'export const handler = ;', 'Runtime.UserCodeSyntaxError'],
    ['no handler', 'export const other = () => 1;', 'Runtime.HandlerNotFound'],
    ['a rejection at the top level', `await Promise.reject(new EvalError('no'));`, 'EvalError'],
  ])('names its reason: %s', async (_, source, errorType) => {
    const broken = await rig.create(source);
    expect(await broken.invoke({})).toMatchObject({ status: 'failed', payload: { errorType } });
  });

  test('is a crash when the process goes meanwhile', async () => {
    const leaving = await rig.create('process.exit(7);');
    expect(await leaving.invoke({})).toMatchObject({
      status: 'crashed',
      payload: { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 7') },
    });
  });

  test.each([
    ['in the initialisation', 30_000, 0],
    ['in the handler', 600, 900],
  ])('counts towards the time-out when it is tried again: %s', async (_, initMs, handlerMs) => {
    const marker = JSON.stringify(join(rig.directory, 'slow'));
    const nap = (ms: number) => `await new Promise((resolve) => setTimeout(resolve, ${ms}));`;
    const slow = await rig.create(
      `import { existsSync, writeFileSync } from 'node:fs';
      if (!existsSync(${marker})) { writeFileSync(${marker}, ''); process.exit(1); }
      ${nap(initMs)} export const handler = async () => { ${nap(handlerMs)} };`,
      { timeoutMs: 1_200 },
    );
    const result = await slow.invoke({});
    expect(result.status).toBe('timed-out');
    expect(result.durationMs).toBeGreaterThan(1_190);
  });

  test('does not spoil the next one', async () => {
    const path = await rig.bundle('throw new Error("broken");');
    const mended = await rig.create('', { bundle: path });
    expect((await mended.invoke({})).status).toBe('failed');
    await writeFile(path, 'export const handler = async () => "mended";');
    expect(await mended.invoke({})).toMatchObject({ status: 'succeeded', payload: 'mended' });
  });
});
