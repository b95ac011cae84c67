import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  DescribeRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRuleNamesByTargetCommand,
} from '@aws-sdk/client-eventbridge';
import { RDSClient } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { boundedClient } from '../../../lib/adapters/aws-client.ts';
import { createElbv2TargetGroup } from '../../../lib/adapters/elbv2-target-group.ts';
import { checkOwn } from '../../../lib/adapters/own-reply.ts';
import { createRdsTopology } from '../../../lib/adapters/rds-topology.ts';
import { elbv2Namespace, wrap } from '../../fuzz/xml.ts';
import { a, instance } from '../scene.ts';

/* Replies over a real connection. */

const arn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef';
const html = '<html><body><h1>It works!</h1></body></html>';
const registered = wrap('RegisterTargets', elbv2Namespace, '');
const denied = `<ErrorResponse xmlns="${elbv2Namespace}"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>`;

let reply: { status: number; body: string; headers?: Record<string, string> };
/** In place of `reply`. */
let serve: ((response: ServerResponse) => void) | undefined;
let calls = 0;
const server = createServer((request, response) => {
  calls += 1;
  request
    .resume()
    .on('end', () => (serve ? serve(response) : response.writeHead(reply.status, reply.headers).end(reply.body)));
});
const settings = () => ({
  ...boundedClient({ maxAttempts: 2 }),
  region: 'eu-central-1',
  endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
});
const group = () => createElbv2TargetGroup(new ElasticLoadBalancingV2Client(settings()), arn);

beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  serve = undefined;
  calls = 0;
});

describe('the reply to a change', () => {
  test.each([registered, `<?xml version="1.0" encoding="UTF-8"?>\n${registered}\n`])(
    'counts when it is the own one of the operation',
    async (body) => {
      reply = { status: 200, body };
      await expect(group().register([a])).resolves.toBeUndefined();
      expect(calls).toBe(1);
    },
  );

  test.each<[string, number, string]>([
    ['a page', 200, html],
    ['nothing', 200, ''],
    ['white space', 200, '\n\n'],
    ['JSON', 200, '{"__type":"x"}'],
    ['an error within a success', 200, denied],
    ['the reply to another operation', 200, wrap('DeregisterTargets', elbv2Namespace, '')],
    ['a reply that was cut', 200, registered.slice(0, -5)],
    ['a reply without a result', 200, registered.replace('<RegisterTargetsResult></RegisterTargetsResult>', '')],
    ['a reply without a request', 200, registered.replace('<RequestId>r</RequestId>', '<RequestId></RequestId>')],
    ['a page with the reply in it', 200, `<html>${registered}</html>`],
    ['a reply with something before it', 200, `${html}${registered}`],
    ['two replies', 200, `${registered}${html}`],
    ['nothing, and says so', 204, ''],
    ['a redirection', 302, html],
    ['"not modified"', 304, ''],
    ['"not found" by something else', 404, html],
    ['"proxy authentication required"', 407, html],
    ['"too large"', 413, ''],
    ['"bad request" without a body', 400, ''],
    ['a refusal without a code', 400, '<ErrorResponse><Error><Message>no</Message></Error></ErrorResponse>'],
    ['a page that names a code', 400, '<html><Code>AccessDenied</Code></html>'],
    ['"unavailable" as a page', 503, html],
  ])('that is %s (%i) is no reply: the change has failed, and may be tried again', async (_, status, body) => {
    reply = { status, body };
    await expect(group().register([a])).rejects.toMatchObject({ code: 'ServiceUnavailable', retriable: true });
    expect(calls).toBe(2);
  });

  test('that is none is shown, harmless and in part', async () => {
    reply = { status: 200, body: `\u001b[31m"${'x'.repeat(500)}` };
    await expect(group().deregister([a])).rejects.toThrow(
      /the reply to DeregisterTargets is not AWS's: status 200, body "\\u001b\[31m\\"x{70,80}"/,
    );
  });

  test('that has no body says so', async () => {
    reply = { status: 204, body: '' };
    await expect(group().deregister([a])).rejects.toThrow(
      "the reply to DeregisterTargets is not AWS's: status 204, an empty body",
    );
  });

  test.each([
    [400, denied, 'AccessDenied'],
    [401, html, 'AccessDenied'],
    [403, html, 'AccessDenied'],
    [429, '', 'Throttled', "status 429 without an error of AWS's"],
    [500, html, 'ServiceUnavailable', "status 500 without an error of AWS's"],
    [503, denied, 'AccessDenied'],
  ])('with status %i that says what is wrong keeps its meaning', async (status, body, code, said = '') => {
    reply = { status, body };
    await expect(group().register([a])).rejects.toMatchObject({ code, message: expect.stringContaining(said) });
  });
});

test.each<[string, number, string]>([
  ['cut', 200, '<DescribeDBInstancesResponse><DescribeDBInstancesResult>'],
  ['JSON', 200, '{}'],
  ['a redirection', 301, ''],
  ['a page for a proxy', 407, html],
  ['too large', 413, html],
  ['no XML inside', 200, wrap('DescribeDBInstances', 'x', '<DBInstances><a</DBInstances>')],
])('a reading reply that is %s may pass, and is not called unexpected', async (_, status, body) => {
  reply = { status, body };
  const observation = await createRdsTopology(new RDSClient(settings()), instance).describe();
  expect(observation).toMatchObject({ kind: 'unavailable', error: { code: 'ServiceUnavailable', retriable: true } });
});

describe('the whole of a reply', () => {
  type Serve = (response: ServerResponse) => void;
  const dripping: Serve = (response) => {
    response.writeHead(200);
    let left = 60;
    const timer = setInterval(() => (left-- > 0 ? response.write(' ') : response.destroy()), 50);
    response.once('close', () => clearInterval(timer));
  };
  const endless: Serve = (response) => {
    response.writeHead(200);
    const more = () => {
      while (response.writable && response.write(Buffer.alloc(64 * 1024, ' ')));
    };
    response.on('drain', more);
    more();
  };
  const topologyOf = async (body: Serve, replyMs: number) => {
    serve = body;
    const settingsNow = { ...settings(), ...boundedClient({ maxAttempts: 1, replyMs }) };
    return createRdsTopology(new RDSClient(settingsNow), instance).describe();
  };

  test('has its time, however often a byte comes', async () => {
    const startedAt = performance.now();
    expect(await topologyOf(dripping, 300)).toMatchObject({ kind: 'unavailable', error: { code: 'TimedOut' } });
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  test('has two megabytes at most, and is cut there', async () => {
    const closed = new Promise<number>((resolve) => {
      server.once('connection', (socket) => socket.once('close', () => resolve(socket.bytesWritten)));
    });
    expect(await topologyOf(endless, 20_000)).toMatchObject({
      kind: 'unavailable',
      error: {
        code: 'ServiceUnavailable',
        message: expect.stringContaining('the reply is longer than 2097152 bytes'),
      },
    });
    expect(await closed).toBeLessThan(16 * 1024 * 1024);
  });

  const throttled = denied.replace('AccessDenied', 'Throttling');
  test.each<[number, string, string]>([
    [503, 'Retry-After', '3600'],
    [429, 'retry-after', new Date(Date.now() + 3_600_000).toUTCString()],
    [400, 'x-amz-retry-after', '3600000'],
  ])('does not say how long the next attempt waits (status %i, %s: %s)', async (status, name, pause) => {
    reply = { status, body: throttled, headers: { [name]: pause } };
    const startedAt = performance.now();
    await expect(group().list()).rejects.toMatchObject({ retriable: true });
    expect(calls).toBe(2);
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  test.each<[string, Serve, RegExp]>([
    ['time', dripping, /not complete after 300 ms/],
    ['size', endless, /longer than 2097152 bytes/],
  ])('has its %s also in the protocols of JSON', async (_, body, message) => {
    serve = body;
    const client = new EventBridgeClient({ ...settings(), ...boundedClient({ maxAttempts: 1, replyMs: 300 }) });
    await expect(client.send(new DescribeRuleCommand({ Name: 'x' }))).rejects.toThrow(message);
  });

  test('in a protocol of JSON is read', async () => {
    reply = { status: 200, body: '{"Name":"x","State":"ENABLED"}' };
    const client = new EventBridgeClient(settings());
    expect(await client.send(new DescribeRuleCommand({ Name: 'x' }))).toMatchObject({ Name: 'x', State: 'ENABLED' });
  });

  test.each(['', html, '{"RuleNames":['])(
    'in a protocol of JSON is no answer to a question when it is %j',
    async (body) => {
      reply = { status: 200, body };
      const client = new EventBridgeClient(settings());
      await expect(client.send(new ListRuleNamesByTargetCommand({ TargetArn: 'x' }))).rejects.toMatchObject({
        name: 'OddReply',
        message: expect.stringContaining('the reply to ListRuleNamesByTarget is not AWS'),
      });
      expect(calls).toBe(2);
      // A change gives nothing back.
      if (body === '') await expect(client.send(new EnableRuleCommand({ Name: 'x' }))).resolves.toBeDefined();
      else await expect(client.send(new EnableRuleCommand({ Name: 'x' }))).rejects.toMatchObject({ name: 'OddReply' });
    },
  );
});

describe('a reply is the own one of its operation', () => {
  const query = { body: 'Action=RegisterTargets&Version=1' };
  const ec2 = { body: 'Action=DescribeRegions&Version=1' };
  const json = (action: string, body = '{}') => ({
    body,
    headers: { 'x-amz-target': `com.amazonaws.Events.${action}` },
  });
  const judged = (request: Parameters<typeof checkOwn>[0], status: number, text: string) => () =>
    checkOwn(request, status, Buffer.from(text));

  test.each<[string, Parameters<typeof judged>]>([
    ['of the Query protocol', [query, 200, registered.replace('>r<', '>r-1<')]],
    ['of EC2', [ec2, 200, '<DescribeRegionsResponse><requestId>r-1</requestId></DescribeRegionsResponse>']],
    ['of JSON, with blanks around it', [json('ListRules'), 200, ' {"Rules":[]}\n']],
    ['of JSON, to a request that quotes a form', [json('PutEvents', '{"Detail":"Action=Stop&"}'), 200, '{}']],
    ['of JSON, to a change, of blanks alone', [json('StopListening'), 200, ' \n']],
    ['of JSON, with a status that no one reads', [json('ListRules'), 300, html]],
    ['of JSON, with an error', [json('ListRules'), 400, html]],
    ['of a protocol that names no operation', [{}, 200, html]],
  ])('%s', (_, request) => {
    expect(judged(...request)).not.toThrow();
  });

  test.each<[string, Parameters<typeof judged>]>([
    ['of a status that is no success', [query, 300, registered]],
    ['of a result without its metadata', [query, 200, registered.replaceAll('ResponseMetadata', 'Metadata')]],
    ['of JSON with something before it', [json('ListRules'), 200, 'x{}']],
    ['of JSON with something behind it', [json('ListRules'), 200, '{}x']],
    ['of nothing, to a question', [json('ListRules'), 200, '']],
  ])('and not one %s', (_, request) => {
    const name = request[0].headers ? 'ListRules' : 'RegisterTargets';
    expect(judged(...request)).toThrow(`the reply to ${name} is not AWS's`);
  });
});

test('EC2 has another form of reply, which counts as well', async () => {
  const client = new EC2Client(settings());
  const own = '<DescribeRegionsResponse xmlns="x"><requestId>r</requestId><regionInfo/></DescribeRegionsResponse>';
  reply = { status: 200, body: own };
  expect((await client.send(new DescribeRegionsCommand({}))).Regions).toEqual([]);
  reply = { status: 200, body: own.replace('<requestId>r</requestId>', '') };
  await expect(client.send(new DescribeRegionsCommand({}))).rejects.toMatchObject({ name: 'OddReply' });
  const refused = '<Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors>';
  reply = { status: 400, body: `<Response>${refused}<RequestID>r</RequestID></Response>` };
  await expect(client.send(new DescribeRegionsCommand({}))).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
});
