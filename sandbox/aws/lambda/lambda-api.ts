import type { SandboxClock } from '../../world/clock.ts';
import type { Place } from '../../world/network.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { HttpRequest } from '../wire/http.ts';
import { type Json, type JsonAnswer, type JsonService, jsonBody } from '../wire/json.ts';
import { createRevisions, type Deployed, type Revisions } from './configuration.ts';

/** The part of a VPC that functions run in. */
export type Placement = {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
};

// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, API_GetFunctionConfiguration.html
const paths: readonly (readonly [method: string, path: RegExp, action: string])[] = [
  ['POST', /^\/2015-03-31\/functions\/(.+)\/invocations$/, 'Invoke'],
  ['GET', /^\/2015-03-31\/functions\/(.+)\/configuration$/, 'GetFunctionConfiguration'],
  ['PUT', /^\/2015-03-31\/functions\/(.+)\/configuration$/, 'UpdateFunctionConfiguration'],
];

/** Lambda's API: invoke a function, and read how it is configured. Without a placement it is outside any VPC. */
export function createLambdaApi(
  functions: () => readonly Deployed[],
  place: Place,
  clock: SandboxClock,
  placement: () => Placement | undefined = () => undefined,
): JsonService {
  const revisions = createRevisions(clock);
  const shown = (deployed: Deployed): JsonAnswer => ({
    body: { ...configurationOf(deployed, place, revisions), VpcConfig: vpcOf(placement()) },
  });
  const find = (input: Json, http: HttpRequest) => findFunction(functions(), place, input, http);
  return {
    source: 'lambda',
    permissions: 'lambda',
    route(http) {
      for (const [method, path, action] of paths) {
        const name = http.method === method ? path.exec(http.path)?.[1] : undefined;
        const qualifier = http.query.get('Qualifier');
        if (name !== undefined)
          return { action, input: { FunctionName: name, ...(qualifier === null ? {} : { Qualifier: qualifier }) } };
      }
      return undefined;
    },
    operations: {
      Invoke: (input, http) => invoke(find(input, http), http),
      GetFunctionConfiguration: (input, http) => shown(find(input, http)),
      UpdateFunctionConfiguration(input, http) {
        const found = find(input, http);
        revisions.update(found, arnOf(found.lambda.name, place), jsonBody(http));
        return shown(found);
      },
    },
  };
}

export const arnOf = (name: string, { region, account }: Place) =>
  `arn:aws:lambda:${region}:${account}:function:${name}`;

/** By name, partial or full ARN, in this Region and account only. $LATEST is the only version here. */
function findFunction(functions: readonly Deployed[], place: Place, input: Json, { region }: HttpRequest): Deployed {
  const said = String(input.FunctionName);
  const parts = /^(?:(?:arn:aws:lambda:([a-z0-9-]+):)?(\d{12}):function:)?([A-Za-z0-9_-]+)(?::([^:]+))?$/.exec(said);
  if (!parts || said.length > 140) throw invalidValue('functionName', said);
  const [, there = region ?? place.region, account = place.account, name = '', inName] = parts;
  const qualifier = qualifierOf(inName, input.Qualifier === undefined ? undefined : String(input.Qualifier));
  const isHere = there === place.region && (region ?? place.region) === place.region && account === place.account;
  const found = isHere && qualifier === '$LATEST' ? functions.find(({ lambda }) => lambda.name === name) : undefined;
  if (found) return found;
  const arn = arnOf(name, { region: region ?? there, account }) + (qualifier === '$LATEST' ? '' : `:${qualifier}`);
  throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, { status: 404 });
}

const invalidValue = (field: string, value: string) =>
  new AwsError(
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint`,
  );

/** A version or an alias, from the name or beside it. */
function qualifierOf(inName: string | undefined, beside: string | undefined): string {
  for (const one of [inName, beside])
    if (one !== undefined && !/^(\$LATEST|[A-Za-z0-9_-]{1,128})$/.test(one)) throw invalidValue('qualifier', one);
  if (inName !== undefined && beside !== undefined && inName !== beside)
    throw new AwsError(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  return inName ?? beside ?? '$LATEST';
}

const oneOf = (field: string, value: unknown, allowed: readonly string[]): string => {
  const text = String(value ?? allowed[0]);
  if (!allowed.includes(text)) throw invalidValue(field, text);
  return text;
};

async function invoke({ lambda }: Deployed, { body, headers }: HttpRequest): Promise<JsonAnswer> {
  const type = oneOf('invocationType', headers['x-amz-invocation-type'], ['RequestResponse', 'Event', 'DryRun']);
  const logType = oneOf('logType', headers['x-amz-log-type'], ['None', 'Tail']);
  const event = eventFrom(body);
  switch (type) {
    case 'DryRun':
      return { status: 204, body: '' };
    case 'Event':
      lambda.invokeAsync(event);
      return { status: 202, body: '' };
    default: {
      const { status, payload, log } = await lambda.invoke(event);
      if (isThrottled(payload)) throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', { status: 429 });
      const said: Record<string, string> = { 'X-Amz-Executed-Version': '$LATEST' };
      if (logType === 'Tail') said['X-Amz-Log-Result'] = lastOf(log);
      if (status !== 'succeeded') said['X-Amz-Function-Error'] = 'Unhandled';
      return { headers: said, body: JSON.stringify(payload) ?? 'null' };
    }
  }
}

function eventFrom(body: string): unknown {
  try {
    return body === '' ? undefined : JSON.parse(body);
  } catch (error) {
    throw new AwsError('InvalidRequestContentException', `Could not parse request body into json: ${error}`);
  }
}

const isThrottled = (payload: unknown): boolean =>
  typeof payload === 'object' &&
  payload !== null &&
  'reason' in payload &&
  String(payload.reason).endsWith('LimitExceeded');

/** The last 4 KB of what the function wrote. */
const lastOf = (log: readonly string[]) => Buffer.from(log.join('\n')).subarray(-4096).toString('base64');

const vpcOf = (placed: Placement | undefined) => ({
  VpcId: placed?.vpcId ?? '',
  SubnetIds: placed?.subnetIds ?? [],
  SecurityGroupIds: placed?.securityGroupIds ?? [],
});

const configurationOf = (
  { lambda, timeoutMs, memoryMb, ...deployed }: Deployed,
  place: Place,
  revisions: Revisions,
) => ({
  FunctionName: lambda.name,
  FunctionArn: arnOf(lambda.name, place),
  Runtime: 'nodejs24.x',
  Handler: 'index.handler',
  Timeout: Math.max(1, Math.ceil(timeoutMs / 1000)),
  MemorySize: memoryMb,
  State: 'Active',
  ...revisions.of(lambda.name),
  PackageType: 'Zip',
  Version: '$LATEST',
  Environment: { Variables: revisions.environmentOf({ lambda, timeoutMs, memoryMb, ...deployed }) },
});
