import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resumeState } from '../../lab/state.ts';
import { abandonLock, begin, firstState, resume, temporaryFile } from './rig.ts';

describe('the state of a lab', () => {
  test('is in its file before the next step begins', async () => {
    const file = temporaryFile();
    const journal = await begin(file);
    await Promise.all([
      journal.step('deploy', 'begun'),
      journal.sample('one', { run: 0, at: 1, ms: { took: 5 } }),
      journal.sample('one', { run: 1, at: 2, ms: { took: 6 } }),
    ]);
    const { steps, samples } = JSON.parse(readFileSync(file, 'utf8'));
    expect(steps).toMatchObject([{ name: 'deploy', state: 'begun' }]);
    expect(samples.one.map(({ run }: { run: number }) => run)).toEqual([0, 1]);
  });

  test('belongs to one process', async () => {
    const file = temporaryFile();
    const journal = await begin(file);
    await expect(resume(file)).rejects.toThrow(`process ${process.pid} on `);
    await journal.release();
    await (await resume(file)).release();
  });

  test('is taken over from a process that was killed, by one of several', async () => {
    const file = temporaryFile();
    await (await begin(file)).release();
    abandonLock(file);
    const results = await Promise.allSettled([resume(file), resume(file), resume(file)]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(readdirSync(dirname(file)).toSorted()).toEqual(['lab-state.json', 'lab-state.json.lock']);
  });

  test('has nothing beside it of processes that were killed on their way to it', async () => {
    const file = temporaryFile();
    abandonLock(file, true);
    writeFileSync(`${file}.new`, '{');
    const journal = await begin(file);
    expect(readdirSync(dirname(file)).toSorted()).toEqual(['lab-state.json', 'lab-state.json.lock']);
    await journal.finish();
    await journal.release();
    expect(readdirSync(dirname(file))).toEqual([]);
  });

  test('of an earlier lab is not overwritten', async () => {
    const file = temporaryFile();
    await (await begin(file)).release();
    await expect(begin(file)).rejects.toThrow(/is the state of an earlier lab.*\nNext: continue it with --resume/);
  });

  test('of a lab in another place is not continued', async () => {
    const file = temporaryFile();
    await (await begin(file)).release();
    await expect(resumeState(file, { account: 'sandbox', region: 'sandbox' })).rejects.toThrow(
      'it is that of a lab in account 123456789012, eu-central-1, and not of a lab in a sandbox',
    );
    await (await resume(file)).release();
  });

  test.each([
    ['no JSON', '{'],
    ['another file', '{"version":1}'],
    ['one of a later version', JSON.stringify({ ...firstState, version: 2 })],
  ])('is not read from %s', async (_, text) => {
    const file = temporaryFile();
    writeFileSync(file, text);
    await expect(resume(file)).rejects.toThrow(`no lab can be continued from ${file}`);
    // It can be tried again: the lock is gone.
    await expect(resume(file)).rejects.toThrow('no lab can be continued');
  });
});
