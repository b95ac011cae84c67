import type { SandboxClock } from '../../world/clock.ts';
import type { Occurrence } from '../../world/journal.ts';
import { AwsError, internalFailure, throttlingError } from './aws-error.ts';
import type { DecidingFault, Faults } from './faults.ts';
import type { Reply } from './http.ts';
import type { Permissions } from './permissions.ts';
import { type QueryRequest, queryReplies, type Replies, route, type Service } from './query.ts';

type Seen = {
  /** `ok`, the code of the error, or the fault that left the caller without an answer. */
  readonly outcome: string;
  /** Which service the call was for. */
  readonly source: Occurrence['source'];
  /** The stack of an operation that failed by a defect of the sandbox. */
  readonly defect?: string | undefined;
};

/** The outcome of a call. */
export type Verdict = Seen & ({ readonly kind: 'reply'; readonly reply: Reply } | { readonly kind: Unanswered });

/** How the caller is left without an answer. */
export type Unanswered = 'hang' | 'reset' | 'trickle' | 'endless';

type Parts = {
  readonly services: readonly Service[];
  readonly faults: Faults;
  readonly permissions: Permissions | undefined;
  readonly buckets: Buckets | undefined;
  /** Wall ms; never ends when the server closes meanwhile. */
  readonly wait: (ms: number) => Promise<void>;
};

const faultError = ({ code, message, status }: Extract<DecidingFault, { kind: 'error' }>) =>
  new AwsError(code, message ?? `Injected fault: ${code}`, status === undefined ? {} : { status });

/** Runs the call unless the fault prevents it; returns its result, or how the caller is left without an answer. */
export async function suffer<T>(
  fault: DecidingFault | undefined,
  perform: () => T | Promise<T>,
): Promise<T | Unanswered> {
  switch (fault?.kind) {
    case undefined:
      return perform();
    case 'error':
      throw faultError(fault);
    case 'throttle':
      throw throttlingError();
    case 'hang':
    case 'reset':
    case 'trickle':
    case 'endless':
      return fault.kind;
    case 'lost-reply':
      await perform();
      return 'reset';
    case 'hang-after-effect':
      await perform();
      return 'hang';
  }
}

function failure(thrown: unknown, replies: Replies, xmlns: string | undefined, requestId: string) {
  const known = thrown instanceof AwsError;
  const error = known ? thrown : internalFailure();
  const defect = known ? undefined : thrown instanceof Error ? thrown.stack : String(thrown);
  return { kind: 'reply', reply: replies.error(error, xmlns, requestId), outcome: error.code, defect } as const;
}

const sources = { rds: 'rds', elasticloadbalancing: 'elbv2', ec2: 'sandbox', sns: 'sandbox' } as const;

/** Authentication, routing, throttling, faults and the operation itself, in the order in which AWS would notice them. */
export function createDispatcher({ services, faults, permissions, buckets, wait }: Parts) {
  const admit = (request: QueryRequest) => {
    const routed = route(services, request);
    const { name } = routed.service;
    if (buckets && !buckets.take(name, request.action)) throw throttlingError();
    permissions?.check(request.caller, `${name}:${request.action}`, name === 'ec2' || name === 'sns' ? name : 'query');
    routed.service.admit?.(request.params);
    return { ...routed, ...faults.take(request.action, request.params) };
  };

  return async (request: QueryRequest, requestId: string): Promise<Verdict> => {
    const { action, params } = request;
    const addressed = services.find(({ version }) => version === request.version);
    const source = addressed ? sources[addressed.name] : 'sandbox';
    try {
      const { service, operation, latencyMs, fault } = admit(request);
      await wait(latencyMs);
      const perform = () =>
        (service.replies ?? queryReplies).success(action, operation(params), service.xmlNamespace, requestId);
      const result = await suffer(fault, perform);
      if (typeof result === 'string') return { kind: result, outcome: fault?.kind ?? result, source };
      return { kind: 'reply', reply: result, outcome: 'ok', source };
    } catch (thrown) {
      return { ...failure(thrown, addressed?.replies ?? queryReplies, addressed?.xmlNamespace, requestId), source };
    }
  };
}

/** Token buckets that all callers of one account and Region share. */
type Buckets = {
  /** False when the bucket of this action is empty; otherwise one token is gone. */
  take(service: Service['name'], action: string): boolean;
};

type Limit = { readonly capacity: number; readonly perSecond: number };

// "Request throttling for the ELB API" in the ELB user guide. RDS publishes no numbers.
const describes: Limit = { capacity: 40, perSecond: 10 };
const targetChanges: Limit = { capacity: 20, perSecond: 4 };

function createBucket({ capacity, perSecond }: Limit, clock: SandboxClock): () => boolean {
  let tokens = capacity;
  let filled = clock.elapsed();
  return () => {
    const now = clock.elapsed();
    tokens = Math.min(capacity, tokens + ((now - filled) / 1000) * perSecond);
    filled = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

/** AWS's request limits, refilled in AWS time: describes of each service, and changes of targets. */
export function createBuckets(clock: SandboxClock): Buckets {
  const elbv2Describes = createBucket(describes, clock);
  const rdsDescribes = createBucket(describes, clock);
  const elbv2TargetChanges = createBucket(targetChanges, clock);
  return {
    take(service, action) {
      // The buckets of EC2 and SNS are large: no caller here comes near their limits.
      if (service === 'ec2' || service === 'sns') return true;
      if (action.startsWith('Describe')) return service === 'rds' ? rdsDescribes() : elbv2Describes();
      if (action === 'RegisterTargets' || action === 'DeregisterTargets') return elbv2TargetChanges();
      return true;
    },
  };
}
