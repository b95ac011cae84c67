import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { drawMoment } from '../../bench/lab-kills/kill.ts';
import { watchLabs } from '../../bench/lab-kills/left.ts';
import { killOptions } from '../../bench/lab-kills/options.ts';
import { listProcesses } from '../../bench/soak/processes.ts';
import { createRandom } from '../../sandbox/world/database/random.ts';

describe('the killed labs', () => {
  test('are killed in every step, however short, and not after its end', () => {
    const durations = { start: 1000, deploy: 5000, experiments: 20_000, report: 20, destroy: 300, list: 5 };
    const moments = Array.from({ length: 60 }, (_, number) => drawMoment(number, durations, createRandom(number)));
    expect(new Set(moments.slice(0, 6).map(({ step }) => step))).toEqual(new Set(Object.keys(durations)));
    expect(new Set(moments.map(({ afterMs }) => afterMs)).size).toBeGreaterThan(30);
    for (const { step, afterMs } of moments) expect(afterMs).toBeLessThanOrEqual(durations[step]);
  });

  test.each([
    [['--kills', '0'], '--kills is 0; allowed: a whole number from 1 to 1000'],
    [['--only', 'failure'], '--only is failure; allowed: registration, '],
    [['--at-once', 'many'], '--at-once is many; allowed: a whole number from 1 to 10'],
  ])('are not begun with %j', (args, message) => {
    expect(() => killOptions(args)).toThrow(message);
  });

  test('have left what is in their group, what listens, what is temporary, and a lock', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kills-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const name of ['tmp', 'tmp/sandbox-1', 'lab-state.json.lock']) mkdirSync(join(folder, name));
    for (const name of ['lab.html', 'lab.json', 'lab.fixtures.json']) writeFileSync(join(folder, name), '');
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const own = listProcesses().find(({ pid }) => pid === process.pid);
    const watched = watchLabs(folder, 10);
    watched.watch(own?.group ?? 0);
    watched.note();
    const left = await watched.left();
    expect(left).toEqual(expect.arrayContaining([`process ${process.pid}`, 'tmp/sandbox-1', 'lab-state.json.lock']));
    if (process.platform === 'linux') expect(left).toContain(`tcp port ${(server.address() as { port: number }).port}`);
    expect(left.filter((one) => one.startsWith('lab.'))).toEqual([]);
  });
});
