import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { play, playPolicy, policyNames } from './play.ts';
import { sabotages } from './sabotages.ts';
import { scriptFrom } from './script.ts';
import { shrunk } from './script-arbitrary.ts';
import { textOf } from './script-print.ts';
import { type Arm, storyFrom } from './story.ts';
import { scriptOf, storyOf, withProbe } from './story-draw.ts';

const arms: readonly [Arm, ...Arm[]] = ['events', 'events lost', 'RDS API down'];
const armOf = (seed: number): Arm => arms[seed % arms.length] ?? arms[0];

/** So many stories are enough to find what is broken on purpose. */
const stories = 100;
const seedOf = (number: number) => number * 7919;

/** A drawn story in which a fault can show. */
function storyWith(
  number: number,
  { when = [], of, isProbed, isWarm }: Pick<(typeof sabotages)[number], 'when' | 'of' | 'isProbed' | 'isWarm'>,
) {
  const script = scriptOf(seedOf(number), armOf(seedOf(number)));
  const drawn = isProbed ? withProbe(script) : script;
  const steps = [...drawn.steps, ...when];
  return storyFrom(of ? { ...drawn, steps, database: of, isApiDown: false, isWarm } : { ...drawn, steps });
}

describe('the checker of the simulation', () => {
  test.each(sabotages)('sees a function that $how: invariant $breaks', async ({ breaks, sabotage, ...over }) => {
    for (let number = 1; number <= stories; number++) {
      const { violations } = await play(storyWith(number, over), false, sabotage);
      if (violations.some(({ invariant }) => invariant === breaks)) return;
    }
    expect.fail(`no story of ${stories} broke invariant ${breaks}`);
  });

  test.each([...policyNames])('sees what is broken by this policy: %s', async (name) => {
    const broken = new Set<number>();
    for (let number = 1; number <= stories; number++) {
      const { violations } = await playPolicy(storyOf(seedOf(number), 'events'), name);
      for (const { invariant } of violations) broken.add(invariant);
    }
    const expected = {
      'one lookup per event': [1, 2, 3, 4, 5, 7],
      'poll 1 min by role, deregister first': [1, 2, 3, 4, 5, 7],
      'poll 5 min, first target compared': [2, 3, 5, 7],
    }[name];
    expect([...broken].sort()).toEqual(expect.arrayContaining(expected));
  });

  test.each([{}, ...sabotages.filter(({ when, of }) => when ?? of)])(
    'says nothing against the functions as they are',
    async (over) => {
      for (let number = 1; number <= stories; number++)
        expect((await play(storyWith(number, over))).violations).toEqual([]);
    },
  );

  test('makes a failing story simple, tells it in words, and finds the same when it is read back', async () => {
    const first = sabotages.find(({ how }) => how === 'deregisters first');
    const breaks = async (script: Parameters<typeof storyFrom>[0]) =>
      (await play(storyFrom(script), false, first?.sabotage)).violations.some((one) => one.invariant === first?.breaks);
    const drawn = scriptOf(seedOf(1), armOf(seedOf(1)));
    expect(await breaks(drawn)).toBe(true);
    const simple = await shrunk(drawn, breaks);
    expect(drawn.steps.length).toBeGreaterThan(5);
    expect(simple.steps.length).toBeLessThan(3);
    expect(textOf(simple)).toMatch(/the writer is orders-\d:\d+, members .*; DNS follows after/);
    expect(await breaks(scriptFrom(JSON.stringify(simple)))).toBe(true);
  });

  test('does not go on for ever making a story simpler', async () => {
    const drawn = scriptOf(seedOf(1), armOf(seedOf(1)));
    const triedFor = async (limitMs?: number) => {
      let tried = 0;
      // Nothing simpler fails, so that everything simpler is tried.
      const isSame = async (script: typeof drawn) => {
        tried += 1;
        while (limitMs !== undefined && performance.now() <= startedAt + limitMs) await setImmediate();
        return JSON.stringify(script) === JSON.stringify(drawn);
      };
      const startedAt = performance.now();
      expect(await shrunk(drawn, isSame, limitMs)).toEqual(drawn);
      return tried;
    };
    expect(await triedFor()).toBeGreaterThan(50);
    expect(await triedFor(5)).toBeLessThan(10);
  });

  test('says what is wrong with a hand-written story', () => {
    const script = scriptOf(1, 'events');
    expect(() => scriptFrom(JSON.stringify({ ...script, database: 'mainframe' }))).toThrow(/not a story:\n.*database/s);
  });
});
