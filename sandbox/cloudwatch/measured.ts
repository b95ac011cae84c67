import type { SandboxClock } from '../clock.ts';
import type { EventBridge } from '../eventbridge.ts';
import type { Journal } from '../journal.ts';
import { emfLines } from '../lambda/emf.ts';
import type { LambdaFunction } from '../types.ts';
import type { MetricId } from './cloudwatch.ts';

type Point = { readonly at: number; readonly metric: string; readonly value: number };

const keyOf = (namespace: string, name: string, database: string) => [namespace, name, database].join('|');

/** What the functions have written in CloudWatch's embedded metric format, and how often rules have fired. */
export function createMeasurements(options: {
  readonly clock: SandboxClock;
  readonly journal: Journal;
  readonly functions: readonly LambdaFunction[];
  readonly eventBridge: EventBridge;
}): (metric: MetricId, awsMs: number) => number {
  const { clock, journal, functions, eventBridge } = options;
  const points: Point[] = [];
  journal.follow(({ what, detail }) => {
    if (what !== 'invocation-finished') return;
    const result = functions
      .find(({ name }) => name === detail?.function)
      ?.results()
      .at(-1);
    for (const document of result ? emfLines(result) : []) points.push(...pointsIn(document, clock.elapsed()));
  });
  return ({ namespace, name, dimensions }, awsMs) => {
    const since = clock.elapsed() - awsMs;
    if (namespace === 'AWS/Events')
      return eventBridge.rule(dimensions.RuleName ?? '')?.firedAt.filter((at) => at >= since).length ?? 0;
    const metric = keyOf(namespace, name, dimensions.Database ?? '');
    return points
      .filter((point) => point.metric === metric && point.at >= since)
      .reduce((sum, { value }) => sum + value, 0);
  };
}

type Directive = { readonly Namespace: string; readonly Metrics: readonly { readonly Name: string }[] };

function pointsIn(document: Readonly<Record<string, unknown>>, at: number): Point[] {
  const { CloudWatchMetrics = [] } = document._aws as { CloudWatchMetrics?: readonly Directive[] };
  return CloudWatchMetrics.flatMap(({ Namespace, Metrics }) =>
    Metrics.map(({ Name }) => ({
      at,
      metric: keyOf(Namespace, Name, String(document.Database)),
      value: Number(document[Name]),
    })),
  );
}
