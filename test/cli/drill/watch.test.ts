import { expect, test } from 'vitest';
import type { Probe } from '../../../cli/drill/record.ts';
import { probeAll } from '../../../cli/drill/watch.ts';
import { at } from './example-record.ts';

test('an attempt was served when the connection opened, not when it was sure to stay', async () => {
  let now = at(0);
  const ended = new AbortController();
  const nothing = async () => {};
  const clock = { now: () => now, sleep: nothing };
  const attempt = async () => {
    now += 54;
  };
  const client = { kind: 'tcp', holdMs: 50, prepare: nothing, close: nothing, attempt } as const;
  const seen: Probe[] = [];
  await probeAll(
    { client, clock },
    100,
    (probe) => {
      seen.push(probe);
      ended.abort();
    },
    ended.signal,
  );
  expect(seen[0]).toMatchObject({ ms: 4, result: 'ok' });
});
