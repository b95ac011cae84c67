import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { play } from '../simulation/play.ts';
import { scripts } from '../simulation/script-arbitrary.ts';
import { textOf } from '../simulation/script-print.ts';
import { storyFrom } from '../simulation/story.ts';
import { runs, timeout } from './inputs.ts';

describe('a story of failovers', () => {
  test('breaks no invariant, whatever fast-check makes of it', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const { violations } = await play(storyFrom(script));
        const again = `play it again: npm run storm -- --story FILE, with this in FILE:\n${JSON.stringify(script)}`;
        expect(violations, `${textOf(script)}\n\n${again}\n`).toEqual([]);
      }),
      runs(200),
    );
  });
});
