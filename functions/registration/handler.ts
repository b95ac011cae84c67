import { setTimeout as sleep } from 'node:timers/promises';
import { visible } from '../../lib/visible.ts';
import { answer, answerAddress, identityOf, type Place, type Request } from './cloudformation.ts';
import { createDriftFunction, type Invoke } from './drift-function.ts';

export type Settings = Place & {
  /** Attempts to register, and looks for a healthy target. */
  readonly attempts: number;
  readonly healthAttempts: number;
  readonly pauseMs: number;
};

/** The one way into the log. */
const tell = (text: string): void => console.log(visible(text));

type Context = { getRemainingTimeInMillis(): number };

/**
 * The function behind FirstRegistration and HealthyTarget. Errors that may pass (a permission that is not in force everywhere yet, a
 * failover under way) get further attempts. A throttled invocation reached no function and counts as none: with reserved concurrency a
 * scheduled check of most of a minute is in the way. A rollback tries once, for a minute at most, and never fails: the drift function
 * repairs the group within a minute anyway.
 */
export function createRegistration(
  invoke: Invoke,
  settings: Settings,
  put: typeof fetch = fetch,
): (request: Request, context: Context) => Promise<void> {
  return async (request, context) => {
    const url = answerAddress(request, settings);
    const { isRollback, kept, next } = identityOf(request);
    if (request.RequestType === 'Delete') return answer(put, url, request, { physicalId: kept });
    // Without an answer CloudFormation waits for an hour.
    const work = failureOf(request, invoke, { settings, context, isRollback }).catch(String);
    if (isRollback) {
      await Promise.race([work, sleep(6 * settings.pauseMs)]);
      return answer(put, url, request, { physicalId: next });
    }
    const failure = await work;
    return answer(put, url, request, { physicalId: failure && kept ? kept : next, failure });
  };
}

type Run = { readonly settings: Settings; readonly context: Context; readonly isRollback: boolean };

async function failureOf(
  { ResourceProperties, OldResourceProperties }: Request,
  invoke: Invoke,
  run: Run,
): Promise<string | undefined> {
  const { settings, isRollback } = run;
  const { HEALTH: health } = ResourceProperties.Environment;
  const drift = createDriftFunction(invoke, ResourceProperties.FunctionName, tell);
  const problem = await insist(isRollback ? 1 : settings.attempts, run, () => drift.resync());
  if (problem) return `the database could not be registered: ${problem}`;
  if (!health || isRollback || health === OldResourceProperties?.Environment?.HEALTH) return undefined;
  const isOurs = health.startsWith('ours');
  const unhealthy = await insist(settings.healthAttempts, run, (attempt) => drift.unhealthy(isOurs, attempt));
  return unhealthy && `no target became healthy: ${unhealthy}`;
}

/** The last problem, after so many attempts or before Lambda ends the function; undefined as soon as there is none. */
async function insist(
  attempts: number,
  { settings: { pauseMs }, context }: Run,
  ask: (attempt: number) => Promise<string | undefined>,
): Promise<string | undefined> {
  let longestMs = 0;
  for (let attempt = 1; ; attempt++) {
    const from = Date.now();
    const told = await ask(attempt);
    const problem = told && visible(told);
    tell(`${attempt}/${attempts}: ${problem ?? 'done'}`);
    longestMs = Math.max(longestMs, Date.now() - from);
    if (problem?.startsWith('TooManyRequestsException: ')) attempt--;
    if (!problem || attempt >= attempts || context.getRemainingTimeInMillis() < longestMs + pauseMs + 5000)
      return problem;
    await sleep(pauseMs);
  }
}
