import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRig, type Rig } from './rig.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
});
afterEach(() => rig.close());

test('has the lines of this invocation only, with those of the initialisation in the first', async () => {
  const chatty = await rig.create(`console.log('starting');
      export const handler = async ({ name }) => {
        console.info('hello', name, { deep: [1] });
        console.error('two\\nlines');
        process.stdout.write('{"raw":"' + name + '"}\\n');
        process.stderr.write('unfinished');
      };`);
  const first = await chatty.invoke({ name: 'ä€🙂' });
  const second = await chatty.invoke({ name: 'b' });
  const message = (level: string, text: string, requestId: string) =>
    expect.stringMatching(new RegExp(`^\\d{4}-.*Z\\t${requestId}\\t${level}\\t${text}$`));
  expect(first.log).toEqual([
    message('INFO', 'starting', 'undefined'),
    message('INFO', 'hello ä€🙂 \\{ deep: \\[ 1 \\] \\}', first.requestId),
    message('ERROR', 'two\\rlines', first.requestId),
    '{"raw":"ä€🙂"}',
    'unfinished',
  ]);
  expect(second.log).toHaveLength(4);
  expect(second.log).toContain('{"raw":"b"}');
});

test('is complete when a handler writes much and returns at once', async () => {
  const loud = await rig.create(`export const handler = async () => {
      for (let line = 0; line < 20_000; line += 1) process.stdout.write('line ' + line + ' ' + 'x'.repeat(100) + '\\n');
    };`);
  const { log } = await loud.invoke({});
  expect(log).toHaveLength(20_000);
  expect(log.at(-1)).toContain('line 19999');
});
