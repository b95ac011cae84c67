import { afterAll, expect, test } from 'vitest';
import { configOf, deployment } from '../../../../sandbox/aws/lambda/deployment.ts';
import { createClock } from '../../../../sandbox/world/clock.ts';
import { createJournal } from '../../../../sandbox/world/journal.ts';

const clock = createClock(1000);
afterAll(() => clock.close());

test('a function that was not built is named, with what to do, before anything of it runs', () => {
  const arn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef';
  const config = configOf('instance', arn, '127.0.0.1:53', 1000);
  expect(() => deployment('nowhere', config, {}, { clock, journal: createJournal() })).toThrow(
    /^the nowhere function is not built: .*nowhere.index\.mjs is missing\nNext: npm run build$/,
  );
});
