import { expect, test } from 'vitest';
import { tell, tellOnce } from '../../../lib/adapters/notifier.ts';
import type { Failover } from '../../../lib/notice.ts';
import { clientWith, type Sent } from './prober/rig.ts';

const topicArn = 'arn:aws:sns:eu-central-1:123456789012:failovers';
const env = { AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/orders-failover' };
const apartMs = 300_000;
const failover = (at = Date.UTC(2026, 4, 4, 12, 31), target = '10.0.2.10:5432'): Failover => ({
  ...{ database: 'orders', target, at, apartMs, waitMs: 0 },
  text: `orders: in sync 16 s after RDS-EVENT-0013; the writer is orders at ${target}`,
});

const accepted = '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>';
const isClaim = ({ headers }: Sent) => headers['x-amz-target'] === 'Logs_20140328.CreateLogStream';
const reply = { claimed: { body: '' }, published: { body: accepted } };

/** `claims`: the replies to the first claims. */
function telling({
  claims = [],
  claim = reply.claimed,
  publish = reply.published,
}: {
  claims?: readonly object[];
  claim?: object;
  publish?: object;
} = {}) {
  const first = [...claims];
  const { client, sent } = clientWith((one) => ({ body: '', ...(isClaim(one) ? (first.shift() ?? claim) : publish) }));
  const pauses: number[] = [];
  const pause = async (ms: number) => void pauses.push(ms);
  return { sent, pauses, told: tell(client, env, topicArn, failover(), pause) };
}

const throttled = { status: 400, body: '{"__type":"ThrottlingException","message":"Rate exceeded"}' };

test('a failover is claimed for its time and the next, and told in one signed call', async () => {
  const { sent, told } = telling();
  expect(await told).toBe(true);
  expect(sent.map(({ hostname }) => hostname.split('.')[0])).toEqual(['logs', 'logs', 'sns']);
  expect(sent.slice(0, 2).map(({ body }) => JSON.parse(body))).toEqual(
    ['12.30', '12.35'].map((since) => ({
      logGroupName: '/aws/lambda/orders-failover',
      logStreamName: `failover to 10.0.2.10.5432 since 2026-05-04T${since}.00.000Z`,
    })),
  );
  expect(Object.fromEntries(new URLSearchParams(sent[2]?.body))).toEqual({
    Action: 'Publish',
    Version: '2010-03-31',
    TopicArn: topicArn,
    Subject: 'orders: failover',
    Message: failover().text,
  });
  expect(sent[2]?.headers.authorization).toMatch(/\/eu-central-1\/sns\/aws4_request/);
  expect(sent.map(({ headers }) => headers['content-type'])).toEqual([
    'application/x-amz-json-1.1',
    'application/x-amz-json-1.1',
    'application/x-www-form-urlencoded',
  ]);
});

test('a claim that is taken has no body, or an empty object', async () => {
  for (const body of ['', '\n', '{}', ' { } '])
    expect(await telling({ claim: { body } }).told, JSON.stringify(body)).toBe(true);
});

test.each(['ResourceAlreadyExistsException', 'com.amazonaws.logs#ResourceAlreadyExistsException'])(
  'a failover that another run has claimed is not told (%s)',
  async (__type) => {
    const taken = { __type, message: 'The specified log stream already exists' };
    const { sent, told } = telling({ claim: { status: 400, body: JSON.stringify(taken, undefined, 1) } });
    expect(await told).toBe(false);
    expect(sent).toHaveLength(1);
  },
);

test('a claim that is throttled is made again, since AWS has not taken it', async () => {
  const { sent, pauses, told } = telling({ claims: [reply.claimed, throttled, throttled] });
  expect(await told).toBe(true);
  expect(pauses).toEqual([1000, 2000]);
  expect(sent.map(({ hostname }) => hostname.split('.')[0])).toEqual(['logs', 'logs', 'logs', 'logs', 'sns']);
});

test.each([
  [
    'a claim that stays throttled',
    { claim: throttled },
    /logs:CreateLogStream failed \(Throttled\).* Next: this run does not try again, and rds-target events lists the failover; if/,
    4,
  ],
  [
    'a message that stays throttled',
    {
      publish: {
        status: 400,
        body: '<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>',
      },
    },
    /sns:Publish failed \(Throttled\).* Next: this run does not try again, and rds-target events lists the failover; if/,
    6,
  ],
  [
    'a claim that is denied',
    { claim: { status: 400, body: '{"__type" : "AccessDeniedException", "message" : "no"}' } },
    /^claiming the notice of a failover: logs:CreateLogStream failed \(AccessDenied\): AccessDeniedException: no\. Next/,
    1,
  ],
  [
    'a claim that is denied without a word',
    { claim: { status: 400, body: '{"__type":"AccessDeniedException"}' } },
    /AccessDeniedException: \. Next/,
    1,
  ],
  [
    'a claim that is sent elsewhere',
    { claim: { status: 300, body: '' } },
    /status 300 without an error of AWS's, so perhaps of a proxy/,
    1,
  ],
  ["a claim that a proxy's page answers", { claim: { body: '<html>' } }, /logs:CreateLogStream failed/, 1],
  [
    'a topic that is not there',
    {
      publish: {
        status: 404,
        body: '<ErrorResponse><Error><Code>NotFound</Code><Message>Topic does not exist</Message></Error></ErrorResponse>',
      },
    },
    /^telling arn:aws:sns:.*:failovers of a failover: sns:Publish failed .*NotFound: Topic does not exist/,
    3,
  ],
  [
    'a message that is denied',
    {
      publish: {
        status: 403,
        body: '<ErrorResponse><Error><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>',
      },
    },
    /sns:Publish failed \(AccessDenied\)/,
    3,
  ],
  [
    'an SNS that fails, which may have taken the message',
    { publish: { status: 500, body: '' } },
    /sns:Publish failed \(ServiceUnavailable\)/,
    3,
  ],
] as const)('%s is told as a fault, and nothing else is tried again', async (_, replies, said, calls) => {
  const { sent, told } = telling(replies);
  await expect(told).rejects.toThrow(said);
  expect(sent).toHaveLength(calls);
});

test('of runs that are less than five minutes apart one tells, wherever the five minutes of their names begin', async () => {
  for (const [from, apart, expected] of [
    [0, 0, 1],
    [299_999, 1, 1],
    [150_000, 299_999, 1],
    [0, 600_000, 2],
  ] as const) {
    const names = new Set<string>();
    const told: number[] = [];
    const steps = {
      claim: async (name: string) => !names.has(name) && names.add(name).has(name),
      publish: async ({ at }: Failover) => void told.push(at),
    };
    await Promise.all([from, from + apart].map((at) => tellOnce(failover(at), steps)));
    expect(told, `${from} and ${apart} ms later`).toHaveLength(expected);
    await tellOnce(failover(from, '10.0.3.10:5432'), steps);
    expect(told, 'another writer').toHaveLength(expected + 1);
  }
});
