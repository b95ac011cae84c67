import { describe, expect, test } from 'vitest';
import { addresses, cluster, clusterHost, host, hostname, instance, member, memberHost, port, seen } from '../scene.ts';
import { unavailable } from '../world.ts';
import { answers, check, said } from './reach.ts';
import { failed, notChecked, ok } from './scene.ts';

describe('the sources', () => {
  const of = (given: Parameters<typeof check>[1]) => check('sources-agree', given);
  const two = seen([member('orders-1', 'writer'), member('orders-2', 'reader')], { host: clusterHost, port });
  const clustered = (writerAt: string, follow = '10.0.1.10') => ({
    ...said(two),
    ...answers({ [clusterHost]: addresses(follow), [memberHost('orders-1')]: addresses(writerAt) }),
  });

  test('agree when both names of the writer lead to one address', () => {
    expect(of({ over: clustered('10.0.1.10'), database: cluster })).toEqual(ok('orders-1 at 10.0.1.10'));
    expect(of({})).toEqual(ok('orders at 10.0.1.10'));
  });

  test('differ when the name that applications use leads elsewhere', () => {
    expect(of({ over: clustered('10.0.2.10'), database: cluster })).toEqual(
      failed(`${clusterHost} leads to 10.0.1.10, but the writer orders-1 is at 10.0.2.10`),
    );
    const lost = { ...said(two), ...answers({ [memberHost('orders-1')]: addresses('10.0.2.10') }) };
    expect(of({ over: lost, database: cluster })).toEqual(
      failed(`${clusterHost} leads to no address, but the writer orders-1 is at 10.0.2.10`),
    );
  });

  test('do not differ while the name of the writer has no answer', () => {
    const over = { ...said(two), ...answers({ [clusterHost]: addresses('10.0.1.10') }) };
    expect(of({ over, database: cluster })).toEqual(ok('orders-1 at 10.0.1.10'));
    expect(of({ over: { ...said(two), ...answers({}) }, database: cluster })).toEqual(ok('orders-1 at no address'));
    const bare = seen([{ id: 'orders-1', role: 'writer', status: 'creating' }], { host: clusterHost, port });
    expect(of({ over: { ...over, ...said(bare) }, database: cluster })).toEqual(ok('orders-1 at 10.0.1.10'));
  });

  test('are of no use while the API names no endpoint', () => {
    expect(of({ over: said(seen([member('orders', 'writer')])) })).toEqual(failed('the RDS API names no endpoint'));
  });

  test('name one writer', () => {
    const none = seen([member('orders-1', 'reader')], { host: clusterHost, port });
    expect(of({ over: { ...clustered('10.0.1.10'), ...said(none) }, database: cluster })).toEqual(
      failed('the RDS API names 0 writers'),
    );
  });

  test('differ from a configured endpoint that is another', () => {
    const database = { ...instance, endpoint: { host: 'old.example.com', port } };
    expect(of({ database })).toEqual(failed(`DATABASE_ENDPOINT is old.example.com, the RDS API says ${host}`));
    expect(of({ database: { ...instance, endpoint: { host, port } } })).toMatchObject({ result: 'ok' });
  });

  test('are not compared where there is but one', () => {
    expect(of({ database: hostname })).toEqual(notChecked('a host name has one source: DNS'));
    for (const over of [said(unavailable), { topology: undefined } as never])
      expect(of({ over })).toEqual(notChecked('the RDS API did not answer'));
  });
});
