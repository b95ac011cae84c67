import disk from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Disk, lock } from '../../lab/lock.ts';
import { abandonLock, temporaryFile } from './rig.ts';

/** Each step on the disk is a turn, and which process has the next one is the scheduler's choice. */
function inTurns(turns: fc.Scheduler): Disk {
  const steps = (['mkdir', 'readdir', 'rename', 'rm', 'rmdir'] as const).map((name) => {
    const take = disk[`${name}Sync`] as (...given: never[]) => unknown;
    const step = async (...given: never[]) => {
      await turns.schedule(Promise.resolve(), name);
      return take(...given);
    };
    return [name, step];
  });
  return Object.fromEntries(steps);
}

/** What is there before. */
const before: Readonly<Record<string, (file: string) => void>> = {
  nothing: () => {},
  'the lock of a process that was killed': abandonLock,
  'that of a process that was killed while it gave the file back': (file) => disk.mkdirSync(`${file}.lock`),
};

test('a state file belongs to one of several processes, in whatever order they take their steps', async () => {
  const folder = dirname(temporaryFile());
  let scenes = 0;
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.constantFrom(...Object.keys(before)), async (turns, what) => {
      scenes += 1;
      const file = join(folder, `${scenes}`);
      before[what]?.(file);
      let [now, most] = [0, 0];
      const one = async () => {
        const release = await lock(file, inTurns(turns)).catch((error: Error) => {
          expect(error.message).toContain(`process ${process.pid} on `);
        });
        if (!release) return;
        now += 1;
        most = Math.max(most, now);
        for (let turn = 0; turn < 5; turn += 1) await turns.schedule(Promise.resolve(), 'work');
        now -= 1;
        await release();
      };
      await turns.waitFor(Promise.all([one(), one(), one()]));
      expect(most).toBe(1);
      expect(disk.readdirSync(folder)).toEqual([]);
    }),
  );
});
