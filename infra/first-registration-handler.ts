/**
 * Source of the function behind FirstRegistration. It is deployed inline (at most 4,096 characters, as CommonJS) so that a reader of
 * the template sees it whole; the SDK is the one of the Lambda runtime. Errors that may pass (a permission that is not in force
 * everywhere yet, a failover under way) get further attempts.
 */
export const handlerSource = `
const { createHash } = require('node:crypto');
const { setTimeout: sleep } = require('node:timers/promises');
const { InvokeCommand, LambdaClient } = require('@aws-sdk/client-lambda');

const client = new LambdaClient({});
const good = ['in-sync', 'changed', 'waiting', 'observed'];

/** Undefined when the database is registered; otherwise why it is not. */
async function resync(FunctionName) {
  try {
    const Payload = JSON.stringify({ action: 'resync' });
    const reply = await client.send(new InvokeCommand({ FunctionName, Payload }));
    const answer = JSON.parse(Buffer.from(reply.Payload).toString());
    if (reply.FunctionError) return answer.errorMessage;
    if (good.includes(answer.outcome)) return undefined;
    return [answer.database, answer.outcome, answer.reason, answer.detail].filter(Boolean).join(': ');
  } catch (error) {
    return error.name + ': ' + error.message;
  }
}

async function register(FunctionName, context) {
  const startedAt = Date.now();
  for (let attempt = 1; ; attempt += 1) {
    const problem = await resync(FunctionName);
    console.log(JSON.stringify({ attempt, problem }));
    const tookMs = (Date.now() - startedAt) / attempt + Number(process.env.PAUSE_MILLISECONDS);
    const isLast = attempt >= Number(process.env.ATTEMPTS) || context.getRemainingTimeInMillis() < tookMs + 5000;
    if (!problem || isLast) return problem;
    await sleep(Number(process.env.PAUSE_MILLISECONDS));
  }
}

exports.handler = async (event, context) => {
  const { RequestType, ResourceProperties, PhysicalResourceId, StackId, RequestId, LogicalResourceId } = event;
  // The id names what was registered last. An update to the same id is a rollback, which must not fail.
  const sorted = JSON.stringify(Object.entries(ResourceProperties).sort());
  const id = createHash('sha256').update(sorted).digest('hex').slice(0, 16);
  const problem = RequestType === 'Delete' ? undefined : await register(ResourceProperties.FunctionName, context);
  const isFailed = Boolean(problem) && id !== PhysicalResourceId;
  const body = JSON.stringify({
    Status: isFailed ? 'FAILED' : 'SUCCESS',
    // CloudFormation takes no more than 4,096 bytes.
    Reason: isFailed ? 'the database could not be registered: ' + problem.slice(0, 1000) : undefined,
    PhysicalResourceId: RequestType === 'Delete' || (isFailed && PhysicalResourceId) ? PhysicalResourceId : id,
    StackId, RequestId, LogicalResourceId,
  });
  const reply = await fetch(event.ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
  if (!reply.ok) throw new Error('CloudFormation refused the response: ' + reply.status);
};
`.trimStart();
