import { awsFault, ReconcileError } from '../errors.ts';
import type { Failover } from '../notice.ts';
import { type Client, type Environment, send } from './borrowed-client.ts';

/*
 * Tells a topic of a failover, once, although several runs of several execution environments saw it. SNS drops no duplicates, but the name of
 * a log stream exists once in its group: the run that creates it tells. Each function may create streams in its own group anyway.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html
 */

export type Steps = {
  /** False: the name is taken. */
  claim(name: string): Promise<boolean>;
  publish(failover: Failover): Promise<void>;
};

/** Two runs that are less than `apartMs` apart want one name in common, even where one of their times begins between them. False: another run tells. */
export async function tellOnce(failover: Failover, { claim, publish }: Steps): Promise<boolean> {
  const { at, apartMs, target } = failover;
  const first = Math.floor(at / apartMs);
  for (const from of [first, first + 1]) {
    const since = new Date(from * apartMs).toISOString();
    // A name holds no colon.
    if (!(await claim(`failover to ${target} since ${since}`.replaceAll(':', '.')))) return false;
  }
  await publish(failover);
  return true;
}

type Pause = (ms: number) => Promise<void>;

/** @throws ReconcileError where AWS does not take the claim or the message; it may not be told then */
export const tell = (
  client: Client,
  env: Environment,
  topicArn: string,
  failover: Failover,
  pause: Pause,
  signal?: AbortSignal,
) =>
  tellOnce(failover, {
    claim: (name) => unthrottled(() => claim(client, env, name, signal), pause),
    publish: ({ database, text }) =>
      unthrottled(() => publish(client, env, topicArn, { subject: `${database}: failover`, text }, signal), pause),
  });

/**
 * What AWS throttles it has not done, so that to ask again tells nothing twice. CreateLogStream takes 50 calls a second of an account, and in a
 * zone that fails many functions start, and claim, at the same time.
 */
async function unthrottled<T>(call: () => Promise<T>, pause: Pause): Promise<T> {
  for (const ms of [1000, 2000, 4000]) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ReconcileError && error.code === 'Throttled')) throw error;
    }
    await pause(ms);
  }
  return call();
}

/** The next failover is another notice. */
const untold = 'this run does not try again, and rds-target events lists the failover';

async function claim(client: Client, env: Environment, logStreamName: string, signal?: AbortSignal): Promise<boolean> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Logs_20140328.CreateLogStream' };
  const body = JSON.stringify({ logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME, logStreamName });
  const service = { name: 'logs', variable: 'CLOUDWATCH_LOGS' } as const;
  try {
    const { statusCode, reply } = await send(client, env, service, { headers, body }, signal);
    // Its success has no body.
    if (statusCode < 300 && /^\s*(\{\s*\})?\s*$/.test(reply)) return true;
    const [, code = ''] = /"__type"\s*:\s*"(?:[^"]*#)?(\w+)"/.exec(reply) ?? [];
    if (code === 'ResourceAlreadyExistsException') return false;
    throw refusal(code, /"[mM]essage"\s*:\s*"([^"]*)"/.exec(reply)?.[1], statusCode);
  } catch (error) {
    throw awsFault('claiming the notice of a failover', 'logs:CreateLogStream', error, untold);
  }
}

/** Where only the reply was lost, another attempt would tell twice. */
async function publish(
  client: Client,
  env: Environment,
  topicArn: string,
  { subject, text }: { readonly subject: string; readonly text: string },
  signal?: AbortSignal,
): Promise<void> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  // https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: a subject has less than 100 characters.
  const form = { Version: '2010-03-31', TopicArn: topicArn, Subject: subject.slice(0, 99), Message: text };
  const body = `Action=Publish&${new URLSearchParams(form)}`;
  try {
    const { statusCode, reply } = await send(client, env, { name: 'sns', variable: 'SNS' }, { headers, body }, signal);
    if (statusCode < 300) return;
    const said = (element: string) => new RegExp(`<${element}>([^<]*)</${element}>`).exec(reply)?.[1];
    throw refusal(said('Code') ?? '', said('Message'), statusCode);
  } catch (error) {
    throw awsFault(`telling ${topicArn} of a failover`, 'sns:Publish', error, untold);
  }
}

/** As the SDK throws it. */
const refusal = (name: string, message = '', httpStatusCode: number) =>
  Object.assign(new Error(message), { name: name || 'Unknown', $metadata: { httpStatusCode } });
