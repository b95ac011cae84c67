/**
 * Source of the function behind FirstRegistration and HealthyTarget. It is deployed inline (at most 4,096 characters, as CommonJS) so
 * that a reader of the template sees it whole; the SDK is the one of the Lambda runtime. Errors that may pass (a permission that is not
 * in force everywhere yet, a failover under way) get further attempts. A throttled invocation reached no function and counts as none: with
 * reserved concurrency a scheduled check of most of a minute is in the way.
 *
 * On a rollback CloudFormation sends an update with the former properties, and does not say that it is one. The physical id holds a
 * digest of what was registered last and of what was registered before that: an update to either is taken for a rollback, which tries
 * once, for a minute at most, and never fails. The drift function repairs the group within a minute anyway.
 */
export const handlerSource = `
const { createHash } = require('node:crypto');
const { setTimeout: sleep } = require('node:timers/promises');
const { InvokeCommand, LambdaClient } = require('@aws-sdk/client-lambda');

const client = new LambdaClient({});
const env = (name) => Number(process.env[name]);

/** The report of the drift function, with a problem unless it is a good one. */
async function ask(FunctionName, action) {
  try {
    const reply = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify({ action }) }));
    const text = String(Buffer.from(reply.Payload));
    const report = JSON.parse(text);
    const { database, outcome, reason, detail, errorMessage } = report;
    const isGood = ['in-sync', 'changed', 'waiting', 'observed'].includes(outcome);
    if (isGood && !reply.FunctionError) return report;
    const told = reply.FunctionError ? [errorMessage] : [database, outcome, reason, detail];
    return { ...report, problem: told.filter(Boolean).join(': ') || 'the drift function answered ' + text };
  } catch (error) {
    return { problem: String(error) };
  }
}

/** A group that is not ours may have no load balancer: then no target ever becomes healthy. */
async function healthOf(FunctionName, HEALTH, attempt) {
  const { problem, outcome, detail, targets = [], stale = [] } = await ask(FunctionName, 'status');
  const wanted = targets.filter(({ target, state }) => state !== 'draining' && !stale.includes(target));
  if (wanted.some(({ state }) => state === 'healthy')) return;
  if (!wanted[0]) return problem ?? 'the group is empty';
  const { target, state, reason } = wanted[0];
  const seen = target + ' is ' + state + (reason ? ', ' + reason : '');
  if (state === 'unused' && outcome !== 'waiting' && !HEALTH.startsWith('ours') && attempt > 6)
    return void console.log('not awaited: ' + seen);
  return [seen, process.env[state.toUpperCase()], detail].filter(Boolean).join('. ');
}

/** The last problem, after so many attempts or before Lambda ends the function; undefined as soon as there is none. */
async function insist(attempts, context, look) {
  const pause = env('PAUSE_MILLISECONDS');
  for (let attempt = 1, max = 0; ; attempt++) {
    const from = Date.now();
    const problem = (await look(attempt))?.replace(/\\p{C}/gu, ' ');
    console.log(attempt + '/' + attempts, problem);
    max = Math.max(max, Date.now() - from);
    if (/^TooMany/.test(problem)) attempt--;
    if (!problem || attempt >= attempts || context.getRemainingTimeInMillis() < max + pause + 5e3) return problem;
    await sleep(pause);
  }
}

async function failureOf({ ResourceProperties, OldResourceProperties }, context, isBack) {
  const { FunctionName, Environment: { HEALTH } } = ResourceProperties;
  const attempts = isBack ? 1 : env('ATTEMPTS');
  const problem = await insist(attempts, context, async () => (await ask(FunctionName, 'resync')).problem);
  if (problem) return 'the database could not be registered: ' + problem;
  if (!HEALTH || isBack || HEALTH === OldResourceProperties?.Environment.HEALTH) return;
  const unhealthy = await insist(env('HEALTH_ATTEMPTS'), context, (attempt) => healthOf(FunctionName, HEALTH, attempt));
  return unhealthy && 'no target became healthy: ' + unhealthy;
}

const sorted = (_, one) => one?.constructor === Object ? Object.fromEntries(Object.entries(one).sort()) : one;

exports.handler = async (event, context) => {
  const { PhysicalResourceId, StackId, RequestId, LogicalResourceId } = event;
  const id = createHash('sha256').update(JSON.stringify(event.ResourceProperties, sorted)).digest('hex').slice(0, 16);
  const [last, previous] = (PhysicalResourceId ?? '').split(',');
  const isBack = id === last || id === previous;
  const isDelete = event.RequestType === 'Delete';
  const work = !isDelete && failureOf(event, context, isBack);
  const failure = await (isBack ? Promise.race([work, sleep(6 * env('PAUSE_MILLISECONDS'))]) : work);
  const isFailed = failure && !isBack;
  const body = JSON.stringify({
    Status: isFailed ? 'FAILED' : 'SUCCESS',
    Reason: isFailed ? failure.slice(0, 1e3) : undefined,
    PhysicalResourceId: isDelete || id === last || (isFailed && last) ? PhysicalResourceId : last ? id + ',' + last : id,
    StackId, RequestId, LogicalResourceId,
  });
  const reply = await fetch(event.ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
  if (!reply.ok) throw new Error('CloudFormation refused the response: ' + reply.status);
};
`
  .trimStart()
  // CloudFormation counts comments and indentation too.
  .replace(/^\/\*\*.*\n/gm, '')
  .replace(/^ +/gm, (spaces) => spaces.slice(spaces.length / 2));
