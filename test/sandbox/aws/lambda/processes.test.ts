import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../until.ts';
import { createRig, isAlive, type Rig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.close());

const sandbox = (path: string) => new URL(`../../../../sandbox/${path}`, import.meta.url).href;

/** Another process that hosts the function and has one invocation go through and one under way. */
async function startHost(source: string) {
  const bundle = await rig.bundle(source);
  const script = `
    import { createClock } from '${sandbox('world/clock.ts')}';
    import { createJournal } from '${sandbox('world/journal.ts')}';
    import { createFunction } from '${sandbox('aws/lambda/function.ts')}';
    const journal = createJournal();
    journal.follow(({ what, detail }) => console.log(JSON.stringify({ what, ...detail })));
    const made = createFunction({ name: 'drift', bundle: ${JSON.stringify(bundle)}, environment: {}, memoryMb: 128,
      timeoutMs: 60_000, clock: createClock(1), journal });
    await made.invoke({ kind: 'answer' });
    await Promise.all([made.invoke({ kind: 'wait' }), made.invoke({ kind: 'answer' })]);`;
  const host = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // A process group of its own, as a terminal gives to what it runs.
    detached: true,
  });
  const pids: number[] = [];
  let finished = 0;
  createInterface({ input: host.stdout }).on('line', (line) => {
    const { what, pid } = JSON.parse(line);
    if (what === 'environment-started') pids.push(pid);
    if (what === 'invocation-finished') finished += 1;
  });
  await until(() => finished === 2 && pids.length === 2, 'one environment is warm and one at work');
  return { host, pids };
}

const source = (wait: string) => `export const handler = async ({ kind }) => { if (kind === 'wait') ${wait} };`;
const waiting = source('await new Promise((resolve) => setTimeout(resolve, 60_000));');
const computing = source('while (true);');

describe('no process survives', () => {
  test('the close of its function, whatever it does', async () => {
    const made = await rig.create(computing, { timeoutMs: 60_000 });
    await made.invoke({});
    const running = made.invoke({ kind: 'wait' });
    const starting = made.invoke({});
    await until(() => rig.pids().length === 2, 'the second environment is started');
    await made.close();
    expect(made.results()).toHaveLength(3);
    expect(await running).toMatchObject({ status: 'crashed', payload: { errorType: 'Runtime.ExitError' } });
    expect(['crashed', 'succeeded']).toContain((await starting).status);
    expect(rig.occurrences('environment-ended')).toHaveLength(rig.pids().length);
    expect(rig.pids().filter(isAlive)).toEqual([]);
    await expect(made.invoke({})).rejects.toThrow('closed');
  });

  test('the close of its function while it is being started', async () => {
    const made = await rig.create('await new Promise((resolve) => setTimeout(resolve, 60_000));');
    const starting = made.invoke({});
    await made.close();
    expect((await starting).status).toBe('crashed');
    expect(rig.pids().filter(isAlive)).toEqual([]);
  });

  test.each([
    ['a crash of its host', waiting],
    ['a crash of its host while it computes', computing],
  ])('%s', async (_, bundle) => {
    const { host, pids } = await startHost(bundle);
    expect(pids.filter(isAlive)).toEqual(pids);
    host.kill('SIGKILL');
    await once(host, 'exit');
    await until(() => !pids.some(isAlive), 'every environment is gone');
  });

  test('a Ctrl-C in the terminal, which reaches everything that runs there', async () => {
    const { host, pids } = await startHost(waiting);
    if (host.pid) process.kill(-host.pid, 'SIGINT');
    await once(host, 'exit');
    await until(() => !pids.some(isAlive), 'every environment is gone');
  });

  test.each([
    ['waits for work', false],
    ['works', true],
  ])('the end of its connection while it %s, without a parent to kill it', async (_, withWork) => {
    const bundle = await rig.bundle(`export const handler = async () => {
      console.log('working'); await new Promise((resolve) => setTimeout(resolve, 60_000)); };`);
    const work = { 'Lambda-Runtime-Aws-Request-Id': 'id', 'Lambda-Runtime-Deadline-Ms': `${Date.now() + 60_000}` };
    const host = createServer((_request, response) => void (withWork && response.writeHead(200, work).end('{}')));
    host.listen(0, '127.0.0.1');
    await once(host, 'listening');
    const environment = spawn(process.execPath, [fileURLToPath(sandbox('aws/lambda/runtime.mjs'))], {
      env: {
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(host.address() as AddressInfo).port}`,
        LAMBDA_TASK_ROOT: dirname(bundle),
        _HANDLER: 'bundle-1.handler',
      },
    });
    const exit = once(environment, 'exit');
    await (withWork ? once(environment.stdout, 'data') : once(host, 'request'));
    host.closeAllConnections();
    host.close();
    expect(await exit).toEqual([1, null]);
  });
});

test('leaves out an environment that died while it was idle', async () => {
  const made = await rig.create('export const handler = async () => process.pid;');
  const pid = (await made.invoke({})).payload as number;
  process.kill(pid, 'SIGKILL');
  await until(() => rig.occurrences('environment-ended').length === 1, 'its end is noticed');
  const result = await made.invoke({});
  expect(result.status).toBe('succeeded');
  expect(result.payload).not.toBe(pid);
});
