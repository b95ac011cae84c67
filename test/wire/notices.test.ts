import { expect, test } from 'vitest';
import type { Config } from '../../lib/settings/config.ts';
import { failoverTopicArn } from '../../sandbox/aws/sns.ts';
import { eventually, failOver, holdsWriterAlone, start, writerOf } from './rig.ts';

const telling = (config: Config): Config => ({ ...config, failoverTopicArn });

test('a topic is told of a failover once, however many runs saw it; a denied message is logged, and fails no run', async () => {
  const sandbox = await start({ kind: 'cluster', readers: 2, config: telling });
  const { api, functions, gameDay, topics } = sandbox;
  const texts = () => topics.messages().map(({ text }) => text);
  await failOver(sandbox);
  await functions.failover.idle();
  const claims = api.calls().filter(({ action }) => action === 'CreateLogStream');
  expect(claims.map(({ outcome }) => outcome)).toEqual(expect.arrayContaining(['ok']));
  expect(texts()).toEqual([
    expect.stringMatching(
      /^orders: in sync \d+ s after (the first event \()?RDS-EVENT-\d{4}\)?; the writer is orders-\d at /,
    ),
  ]);
  expect(texts()[0]).toContain(` at ${writerOf(sandbox)}`);

  gameDay.deny('sns:Publish');
  await failOver(sandbox);
  await holdsWriterAlone(sandbox);
  const results = () => functions.failover.results();
  const warnings = () => results().flatMap(({ log }) => log.filter((line) => line.includes('no topic was told')));
  await eventually(() => expect(warnings()).toHaveLength(1));
  expect(warnings()[0]).toContain('sns:Publish failed (AccessDenied): AuthorizationError');
  expect(new Set(results().map(({ status }) => status))).toEqual(new Set(['succeeded']));
  expect(texts()).toHaveLength(1);
});
