import type { SandboxClock } from '../../world/clock.ts';
import { type Journal, keep } from '../../world/journal.ts';
import type { InvocationResult, LambdaFunction, TargetGroup } from '../../world/types.ts';
import type { EventBridge } from '../eventbridge/eventbridge.ts';
import type { Json } from '../wire/json.ts';

export type MetricId = {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
};

export function metricOf({ Namespace, MetricName, Dimensions }: Json): MetricId {
  const dimensions = (Dimensions ?? []) as { Name: string; Value: string }[];
  return {
    namespace: String(Namespace),
    name: String(MetricName),
    dimensions: Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value])),
  };
}

/** What was measured, by AWS ms since the sandbox started. */
export type Metrics = {
  now(): number;
  /** Every value of the metric from `from` until before `to`. */
  values(metric: MetricId, from: number, to: number): readonly number[];
};

type Point = { readonly at: number; readonly metric: string; readonly value: number };

const keyOf = ({ namespace, name, dimensions }: MetricId) =>
  JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);

type Options = {
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly functions: readonly LambdaFunction[];
  readonly eventBridge: EventBridge;
  readonly targetGroup: TargetGroup;
};

/**
 * What the functions have written in CloudWatch's embedded metric format, and what AWS measures itself: their errors, how often
 * rules fired, healthy targets, and events in the dead-letter queue, which failed in every run.
 */
export function createMeasurements({ clock, journal, functions, eventBridge, targetGroup }: Options): Metrics {
  const points: Point[] = [];
  const add = (metric: MetricId, value: number) => keep(points, { at: clock.elapsed(), metric: keyOf(metric), value });
  const levels = { healthy: createLevel(clock), waiting: createLevel(clock) };
  let deadLetters = 0;
  levels.waiting.set(0);
  journal.follow(({ what, detail }) => {
    if (what === 'event-dropped') {
      deadLetters += 1;
      levels.waiting.set(deadLetters);
    }
    if (what !== 'invocation-finished') return;
    const name = String(detail?.function);
    const ofFunction = (metric: string) => ({
      namespace: 'AWS/Lambda',
      name: metric,
      dimensions: { FunctionName: name },
    });
    add(ofFunction('Invocations'), 1);
    add(ofFunction('Errors'), detail?.status === 'succeeded' ? 0 : 1);
    const result = functions
      .find((one) => one.name === name)
      ?.results()
      .at(-1);
    for (const document of result ? emfLines(result) : [])
      for (const [metric, value] of valuesIn(document)) add(metric, value);
  });
  const countHealthy = () => {
    const targets = targetGroup.targets();
    levels.healthy.set(targets.length === 0 ? undefined : targets.filter(({ state }) => state === 'healthy').length);
  };
  targetGroup.onChange(countHealthy);
  countHealthy();
  return {
    now: () => clock.elapsed(),
    values(metric, from, to) {
      const { namespace, name, dimensions } = metric;
      if (namespace === 'AWS/Events' || namespace === 'AWS/Scheduler') {
        const waker = namespace === 'AWS/Events' ? dimensions.RuleName : dimensions.ScheduleGroup;
        const firedAt = eventBridge.rule(waker ?? '')?.firedAt ?? [];
        return firedAt.filter((at) => at >= from && at < to).map(() => 1);
      }
      if (name === 'HealthyHostCount') return levels.healthy.during(from, to);
      if (name === 'ApproximateNumberOfMessagesVisible') return levels.waiting.during(from, to);
      const key = keyOf(metric);
      return points
        .filter((point) => point.metric === key && point.at >= from && point.at < to)
        .map(({ value }) => value);
    },
  };
}

/** A value that holds until the next one; undefined is not reported. */
function createLevel(clock: SandboxClock) {
  const steps: { readonly at: number; readonly value: number | undefined }[] = [];
  return {
    set: (value: number | undefined) => keep(steps, { at: clock.elapsed(), value }),
    during(from: number, to: number): readonly number[] {
      const before = steps.findLast(({ at }) => at <= from);
      const within = steps.filter(({ at }) => at > from && at < to);
      return [...(before ? [before] : []), ...within].flatMap(({ value }) => value ?? []);
    },
  };
}

type Directive = {
  readonly Namespace: string;
  readonly Dimensions?: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string }[];
};

function valuesIn(document: Readonly<Record<string, unknown>>): (readonly [MetricId, number])[] {
  const { CloudWatchMetrics = [] } = document._aws as { CloudWatchMetrics?: readonly Directive[] };
  return CloudWatchMetrics.flatMap(({ Namespace, Dimensions = [], Metrics }) =>
    Dimensions.flatMap((names) => {
      const dimensions = Object.fromEntries(names.map((name) => [name, String(document[name])]));
      return Metrics.map(
        ({ Name }) => [{ namespace: Namespace, name: Name, dimensions }, Number(document[Name])] as const,
      );
    }),
  );
}

/** A metric document in CloudWatch's embedded metric format. */
type EmfDocument = { readonly _aws: unknown; readonly [key: string]: unknown };

function documentIn(line: string): EmfDocument | undefined {
  // What went through `console` carries time, request id and level in front.
  const start = line.startsWith('{') ? 0 : line.indexOf('\t{') + 1;
  if (start === 0 && !line.startsWith('{')) return undefined;
  try {
    const document = JSON.parse(line.slice(start));
    return typeof document === 'object' && document !== null && '_aws' in document ? document : undefined;
  } catch {
    return undefined;
  }
}

/** The embedded metric documents among the lines of an invocation. */
export function emfLines(result: Pick<InvocationResult, 'log'>): readonly EmfDocument[] {
  return result.log.flatMap((line) => documentIn(line) ?? []);
}
