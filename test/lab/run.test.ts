import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Ended } from '../../lab/run.ts';
import { Account, abandonLock, begin, dyingAfter, resume, runIn, temporaryFile } from './rig.ts';

function scene() {
  const account = new Account();
  const experiments = [account.experiment('one', 'instance', 1), account.experiment('two', 'cluster', 2)];
  return { account, experiments, file: temporaryFile() };
}

describe('a lab', () => {
  test('deploys, runs every experiment, and leaves nothing', async () => {
    const { account, experiments, file } = scene();
    const journal = await begin(file);
    expect(await runIn({ account, journal, experiments })).toEqual({ trouble: [], left: [] });
    expect(account.ran.toSorted()).toEqual(['one 0', 'two 0', 'two 1']);
    expect(account.atOnce.most).toBe(1);
  });

  test('runs an experiment on the whole of it alone, after the others', async () => {
    const { account, experiments, file } = scene();
    const whole = { ...account.experiment('whole', 'instance', 1), on: 'all' as const };
    expect(await runIn({ account, journal: await begin(file), experiments: [whole, ...experiments] })).toEqual({
      trouble: [],
      left: [],
    });
    expect(account.ran).toHaveLength(4);
    expect(account.ran.at(-1)).toBe('whole 0');
  });

  test('that is killed anywhere goes on where it was, does no run twice that it knows of, and leaves nothing', async () => {
    let kills = 0;
    for (let touches = 0; ; touches += 1) {
      const { account, experiments, file } = scene();
      const first = await runIn({ account, journal: await begin(file), experiments, process: dyingAfter(touches) });
      if (first !== 'killed') break;
      kills += 1;
      abandonLock(file);
      const journal = await resume(file);
      const known = Object.entries(journal.state.samples).flatMap(([name, samples]) =>
        samples.map(({ run }) => `${name} ${run}`),
      );
      const before = account.ran.length;
      expect({ touches, ended: await runIn({ account, journal, experiments }) }).toEqual({
        touches,
        ended: { trouble: [], left: [] },
      });
      expect(account.ran.slice(before).filter((one) => known.includes(one))).toEqual([]);
      const wasDestroyed = known.length + account.ran.length - before < 3;
      if (!wasDestroyed) expect(Object.values(journal.state.samples).map((list) => list.length)).toEqual([1, 2]);
      expect(account.stacks.size).toBe(0);
      await journal.release();
    }
    // Every touch is one before and one after each call: none may be skipped because the loop ended early.
    expect(kills).toBeGreaterThan(30);
  }, 60_000);

  test.each([
    ['a run', {}, 'one: 1 of 1 runs failed'],
    ['the deployment', { deploy: 'the account has five VPCs already' }, 'deploy: the account has five VPCs already'],
  ])(
    'that is killed anywhere says at its end that %s has failed',
    async (_, failing, trouble) => {
      for (let touches = 0; ; touches += 1) {
        const { account, file } = scene();
        account.failing = failing;
        const run = () => Promise.reject(new Error('Throttling: Rate exceeded'));
        const experiments = [{ ...account.experiment('one', 'instance', 1), run }];
        const first = await runIn({ account, journal: await begin(file), experiments, process: dyingAfter(touches) });
        if (first !== 'killed') break;
        abandonLock(file);
        const ended = await runIn({ account, journal: await resume(file), experiments });
        expect({ touches, ended }).toEqual({ touches, ended: { trouble: [trouble], left: [] } });
      }
    },
    60_000,
  );

  test('destroys what a failed deployment has left, and says so', async () => {
    const { account, experiments, file } = scene();
    account.failing = { deploy: 'the account has five VPCs already' };
    const ended = await runIn({ account, journal: await begin(file), experiments });
    expect(ended).toEqual({ trouble: ['deploy: the account has five VPCs already'], left: [] });
    expect(account.ran).toEqual([]);
  });

  test('names what a failed teardown leaves, and destroys it when it is resumed', async () => {
    const { account, experiments, file } = scene();
    account.failing = { destroy: 1 };
    const journal = await begin(file);
    expect(await runIn({ account, journal, experiments })).toEqual({
      trouble: ['destroy: the endpoint service is in use'],
      left: ['l1-databases'],
    });
    const ran = account.ran.length;
    expect(await runIn({ account, journal, experiments })).toEqual({ trouble: [], left: [] });
    expect(account.ran).toHaveLength(ran);
  });

  test('destroys also where its state cannot be written any more', async () => {
    const { account, file } = scene();
    const run = async () => {
      rmSync(dirname(file), { recursive: true });
      return { ms: {} };
    };
    const experiments = [{ ...account.experiment('one', 'instance', 3), run }];
    const { trouble, left } = (await runIn({ account, journal: await begin(file), experiments })) as Ended;
    expect(left).toEqual([]);
    expect(trouble).toContainEqual(expect.stringMatching(/the state cannot be written to .*lab-state\.json/));
  });

  test('ends at an interrupt, reports, and destroys', async () => {
    const { account, file } = scene();
    const interrupt = new AbortController();
    const [one] = [account.experiment('one', 'instance', 5)];
    const experiments = [
      {
        ...one,
        run: async (...given: Parameters<typeof one.run>) => {
          if (given[1] === 2) interrupt.abort(new Error('interrupted'));
          return one.run(...given);
        },
      },
    ];
    const journal = await begin(file);
    expect(await runIn({ account, journal, experiments, signal: interrupt.signal })).toEqual({
      trouble: ['experiments: ended early: interrupted'],
      left: [],
    });
    expect(journal.state.samples.one).toHaveLength(3);
  });

  test('keeps a failed run with its reason, and gives an experiment up after three in a row', async () => {
    const { account, file } = scene();
    const failing = {
      ...account.experiment('one', 'instance', 9),
      run: async () => Promise.reject(new Error('Throttling: Rate exceeded')),
    };
    const journal = await begin(file);
    const ended = await runIn({ account, journal, experiments: [failing, account.experiment('two', 'instance', 1)] });
    expect(ended).toEqual({ trouble: ['one: 3 of 9 runs failed'], left: [] });
    expect(journal.state.samples.one?.map(({ error }) => error)).toEqual(Array(3).fill('Throttling: Rate exceeded'));
    expect(account.ran).toEqual(['two 0']);
  });

  test('leaves the stacks with --keep, until it is resumed without', async () => {
    const { account, experiments, file } = scene();
    const journal = await begin(file);
    expect(await runIn({ account, journal, experiments, keep: true })).toEqual({
      trouble: [],
      left: ['l1-databases', 'l1-services'],
    });
    expect(await runIn({ account, journal, experiments })).toEqual({ trouble: [], left: [] });
    expect(account.ran).toHaveLength(3);
  });
});
