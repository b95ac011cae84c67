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
