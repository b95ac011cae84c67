import { afterEach, describe, expect, test } from 'vitest';
import { AwsError } from '../../../../sandbox/aws/wire/aws-error.ts';
import type { Operation, QueryParams } from '../../../../sandbox/aws/wire/query.ts';
import { closeServers, codeOf, serve, serviceOf, signed, xmlNamespace } from './rig.ts';

afterEach(closeServers);

describe('replies', () => {
  test('wraps a result as the Query protocol does', async () => {
    const { call } = await serve({
      ListBooks: () => ({ Books: { Book: [{ Title: 'A' }, { Title: 'B' }] }, More: false }),
    });
    const response = await call({ Action: 'ListBooks' });
    const id = response.headers.get('x-amzn-requestid');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/xml');
    expect(await response.text()).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<ListBooksResponse xmlns="${xmlNamespace}"><ListBooksResult><Books><Book><Title>A</Title></Book><Book><Title>B</Title></Book></Books><More>false</More></ListBooksResult><ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata></ListBooksResponse>`,
    );
  });

  test('escapes what XML cannot hold', async () => {
    const { call } = await serve({ Say: () => ({ Word: 'a<b>&"c"\u0001' }) });
    expect(await (await call({ Action: 'Say' })).text()).toContain('<Word>a&lt;b&gt;&amp;&quot;c&quot;\ufffd</Word>');
  });

  test.each<[string, AwsError, number, string]>([
    ['of the caller', new AwsError('BookNotFound', 'no <such> book', { status: 404 }), 404, 'Sender'],
    ['without a status of its own', new AwsError('ValidationError', 'no'), 400, 'Sender'],
    ['of the service', new AwsError('ServiceUnavailable', 'later'), 503, 'Receiver'],
  ])('tells of an error %s', async (_, error, status, type) => {
    const { call } = await serve({
      Fail: () => {
        throw error;
      },
    });
    const response = await call({ Action: 'Fail' });
    const body = await response.text();
    expect(response.status).toBe(status);
    expect(body).toContain(
      `<ErrorResponse xmlns="${xmlNamespace}"><Error><Type>${type}</Type><Code>${error.code}</Code>`,
    );
    expect(body).toContain(`<RequestId>${response.headers.get('x-amzn-requestid')}</RequestId>`);
  });

  test('hides a defect behind InternalFailure, and shows it in the journal', async () => {
    const { call, journal } = await serve({
      Break: () => {
        throw new TypeError('a defect');
      },
    });
    const response = await call({ Action: 'Break' });
    expect([response.status, await codeOf(response)]).toEqual([500, 'InternalFailure']);
    expect(journal.all()[0]?.detail?.defect).toContain('a defect');
  });
});

describe('requests', () => {
  const echo: Operation = (params: QueryParams) => ({
    Got: [...params].map(([key, value]) => `${key}=${value}`).join(),
  });

  test('takes parameters from a form or from a query string', async () => {
    const { call, server } = await serve({ Echo: echo });
    const got = '<Got>Title=a b&amp;c+é</Got>';
    expect(await (await call({ Action: 'Echo', Title: 'a b&c+é' })).text()).toContain(got);
    const query = new URLSearchParams({ Action: 'Echo', Version: '2020-01-01', Title: 'a b&c+é' });
    expect(await (await fetch(`${server.url}/?${query}`, { headers: signed })).text()).toContain(got);
  });

  test('refuses a request that is not signed', async () => {
    const { call } = await serve({ Echo: echo });
    const response = await call({ Action: 'Echo' }, {});
    expect([response.status, await codeOf(response)]).toEqual([403, 'MissingAuthenticationToken']);
  });

  test('cuts off a request that is larger than any, and goes on', async () => {
    const { call, server } = await serve({ Echo: echo });
    await expect(call({ Action: 'Echo', Title: 'a'.repeat(2 ** 21) })).rejects.toThrow();
    expect((await call({ Action: 'Echo' })).status).toBe(200);
    expect(server.calls()).toHaveLength(1);
  });

  test('refuses an unknown action, an unknown version and no action at all', async () => {
    const { call } = await serve({ Echo: echo });
    const forms: Record<string, string>[] = [{ Action: 'toString' }, { Action: 'Echo', Version: '1999-01-01' }, {}];
    const codes = forms.map(async (form) => {
      const response = await call(form);
      return [response.status, await codeOf(response)];
    });
    expect(await Promise.all(codes)).toEqual([
      [400, 'InvalidAction'],
      [400, 'InvalidAction'],
      [400, 'MissingAction'],
    ]);
  });

  test('tells services apart by version', async () => {
    const services = [serviceOf({ Who: () => 'old' }, '2010-01-01'), serviceOf({ Who: () => 'new' }, '2020-01-01')];
    const { call } = await serve({}, { services });
    const who = async (Version: string) => (await call({ Action: 'Who', Version })).text();
    expect(await who('2010-01-01')).toContain('<WhoResult>old</WhoResult>');
    expect(await who('2020-01-01')).toContain('<WhoResult>new</WhoResult>');
  });

  test('are remembered with their outcome, and written to the journal', async () => {
    const { call, server, journal } = await serve({ Echo: echo }, { latencyMs: 20 });
    const before = Date.now();
    await call({ Action: 'Echo', Title: 'a' });
    await call({ Action: 'Nope' });
    const [first, second] = server.calls();
    expect(first).toMatchObject({ action: 'Echo', params: { Title: 'a' }, outcome: 'ok' });
    expect(first?.at).toBeGreaterThanOrEqual(before);
    expect(first?.durationMs).toBeGreaterThanOrEqual(19);
    expect(second).toMatchObject({ action: 'Nope', outcome: 'InvalidAction' });
    expect(journal.all()).toMatchObject([
      { source: 'elbv2', what: 'api-call', detail: { action: 'Echo', outcome: 'ok' } },
      { source: 'elbv2', what: 'api-call', detail: { action: 'Nope', outcome: 'InvalidAction' } },
    ]);
  });
});
