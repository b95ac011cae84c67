import type { InvocationResult, LambdaFunction } from '../../world/types.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { HttpRequest } from '../wire/http.ts';
import { type Json, type JsonService, targetRoute } from '../wire/json.ts';
import { paginate } from '../wire/params.ts';

type LogEvent = {
  readonly logStreamName: string;
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
  readonly eventId: string;
};

/** CloudWatch Logs over what the functions wrote. One log group per function, which exists before its first invocation, as CDK creates it. */
export function createLogsApi(functions: () => readonly LambdaFunction[], region: string): JsonService {
  const groupOf = (name: string, http: HttpRequest): LambdaFunction => {
    const isHere = (http.region ?? region) === region;
    const found = isHere ? functions().find((one) => `/aws/lambda/${one.name}` === name) : undefined;
    if (!found) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
    return found;
  };
  /** Group and stream in one text. */
  const streams = new Set<string>();
  return {
    source: 'logs',
    permissions: 'logs',
    route: targetRoute('Logs_20140328'),
    operations: {
      FilterLogEvents: (input, http) => {
        if (input.logGroupName !== undefined && input.logGroupIdentifier !== undefined)
          throw invalid('LogGroupName and LogGroupIdentifier cannot both be specified.');
        if (input.logGroupName === undefined && input.logGroupIdentifier === undefined)
          throw invalid('Either LogGroupName or LogGroupIdentifier must be specified.');
        const name = String(input.logGroupName ?? input.logGroupIdentifier);
        return { body: pageOf(eventsOf(groupOf(name, http)), input) };
      },
      // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html
      CreateLogStream: ({ logGroupName, logStreamName }, http) => {
        for (const [field, value, pattern] of [
          ['logGroupName', logGroupName, /^[.\-_/#A-Za-z0-9]{1,512}$/],
          ['logStreamName', logStreamName, /^[^:*]{1,512}$/],
        ] as const)
          if (typeof value !== 'string' || !pattern.test(value))
            throw invalid(
              `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern.source}`,
            );
        groupOf(String(logGroupName), http);
        const stream = `${logGroupName}:${logStreamName}`;
        if (streams.has(stream))
          throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
        streams.add(stream);
        return { body: '' };
      },
    },
  };
}

const invalid = (message: string) => new AwsError('InvalidParameterException', message);

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
function pageOf(events: readonly LogEvent[], input: Json) {
  const isWhole = (value: unknown) => Number.isInteger(value) && Number(value) >= 0;
  for (const field of ['startTime', 'endTime', 'limit'])
    if (input[field] !== undefined && !isWhole(input[field]))
      throw invalid(`Value '${input[field]}' at '${field}' is not valid`);
  const { startTime = 0, endTime = Number.POSITIVE_INFINITY, filterPattern = '', nextToken, limit = 10_000 } = input;
  if (Number(startTime) > Number(endTime)) throw invalid('End time must not be before start time.');
  if (Number(limit) < 1 || Number(limit) > 10_000)
    throw invalid(
      `Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value between 1 and 10000`,
    );
  const matches = matcher(String(filterPattern));
  const wanted = events
    .filter(({ timestamp }) => timestamp >= Number(startTime) && timestamp <= Number(endTime))
    .filter(({ message }) => matches(message))
    .sort((one, other) => one.timestamp - other.timestamp);
  const marker = nextToken === undefined ? undefined : String(nextToken);
  const badMarker = () => invalid('The specified nextToken is invalid.');
  const page = paginate(wanted, { marker, pageSize: Number(limit), min: 1, max: 10_000, badMarker });
  return { events: page.items, searchedLogStreams: [], ...(page.nextMarker ? { nextToken: page.nextMarker } : {}) };
}

const eventsOf = (lambda: LambdaFunction): LogEvent[] =>
  lambda.results().flatMap((result) => linesOf(result, `sandbox/[$LATEST]${lambda.name}`));

/** Lines carry their own time; one without it was written with the line before it. */
function linesOf({ log, requestId }: InvocationResult, logStreamName: string): LogEvent[] {
  const times = log.map(timeOf);
  const first = times.find((time) => time !== undefined) ?? Date.now();
  return log.map((message, index) => {
    const timestamp = times.slice(0, index + 1).findLast((time) => time !== undefined) ?? first;
    return { logStreamName, timestamp, ingestionTime: timestamp, message, eventId: `${requestId}-${index}` };
  });
}

function timeOf(line: string): number | undefined {
  const text = /"timestamp":"([^"]+)"/.exec(line)?.[1] ?? /^(\d{4}-\d\d-\d\dT[\d:.]+Z)/.exec(line)?.[1];
  const time = text === undefined ? Number(/"Timestamp":(\d{13})/.exec(line)?.[1]) : Date.parse(text);
  return Number.isFinite(time) ? time : undefined;
}

const unknown = (pattern: string) =>
  new AwsError(
    'InvalidParameterException',
    `Invalid filter pattern (or one that this sandbox does not know): ${pattern}`,
  );

/**
 * The part of CloudWatch Logs' filter patterns that we use: nothing, terms any of which must appear (`?"a" ?"b"`), terms that must all
 * appear (`"a" "b"`), and JSON fields that equal a text, any of which must match (`{ ($.a.b = "x") || ($.c = "*") }`).
 */
export function matcher(pattern: string): (message: string) => boolean {
  const text = pattern.trim();
  if (text === '') return () => true;
  return text.startsWith('{') ? jsonMatcher(text) : termMatcher(text);
}

function termMatcher(pattern: string): (message: string) => boolean {
  const terms = [...pattern.matchAll(/(\??)"([^"]+)"(?:\s+|$)/g)];
  if (terms.map(([whole]) => whole).join('') !== pattern) throw unknown(pattern);
  const isAny = terms.every(([, mark]) => mark === '?');
  if (!isAny && terms.some(([, mark]) => mark === '?')) throw unknown(pattern);
  const has = (message: string) => (term: RegExpMatchArray) => message.includes(term[2] ?? '');
  return (message) => (isAny ? terms.some(has(message)) : terms.every(has(message)));
}

function jsonMatcher(pattern: string): (message: string) => boolean {
  const inner = /^\{(.*)\}$/s.exec(pattern)?.[1];
  if (inner === undefined) throw unknown(pattern);
  const terms = inner.split('||').map((term) => {
    const [, path, wanted] = /^\s*\(?\s*\$\.([\w.]+)\s*=\s*"([^"]*)"\s*\)?\s*$/.exec(term) ?? [];
    if (path === undefined || wanted === undefined) throw unknown(pattern);
    return { path: path.split('.'), wanted: new RegExp(`^${wanted.split('*').map(literal).join('.*')}$`, 's') };
  });
  return (message) => {
    const line = parsed(message);
    return terms.some(({ path, wanted }) => {
      const value = path.reduce<unknown>((found, key) => (found as Record<string, unknown> | undefined)?.[key], line);
      return typeof value === 'string' && wanted.test(value);
    });
  };
}

const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function parsed(message: string): unknown {
  try {
    return JSON.parse(message) ?? undefined;
  } catch {
    return undefined;
  }
}
