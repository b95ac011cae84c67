import type { Report } from '../domain.ts';
import { dimensionName, type Measurement, notNotified } from '../metrics.ts';
import { summary } from '../report.ts';
import { visible, visibleValue } from '../visible.ts';

type Options = {
  readonly database: string;
  readonly namespace: string;
  readonly logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'SILENT';
};

/** Logs and metrics of a function: JSON lines on standard output, metrics as CloudWatch's embedded metric format. */
export type Telemetry = {
  /** One line per run. A hold is a warning: it does not fail the run, and may need an operator. */
  report(report: Report): void;
  fault(error: unknown, report?: Report): void;
  /** Why no topic was told of a failover. */
  untold(error: unknown): void;
  measure(measurements: readonly Measurement[], report: Report): void;
};

/** A log is read in terminals, too; JSON leaves C1 and marks of direction as they are. A stack keeps its lines. */
const inLog = (key: string, value: unknown): unknown =>
  key === 'stack' && typeof value === 'string' ? value.split('\n').map(visible).join('\n') : visibleValue(key, value);

/** Past `console`, to whose lines Lambda adds a prefix. */
const write = (line: object): void => void process.stdout.write(`${JSON.stringify(line, inLog)}\n`);

/** An error may name itself as its cause. */
const mostCauses = 5;

/** What JSON would leave out of an error, and of its causes. Of all else that the SDK hangs on one, only what tells the call. */
function toldOf(error: Error, depth = 0): object {
  const { name, message, stack, cause, code, retriable, $metadata } = error as Error & Record<string, unknown>;
  const told = { name, message, code, retriable, $metadata, stack };
  if (cause === undefined || depth === mostCauses) return told;
  return { ...told, cause: cause instanceof Error ? toldOf(cause, depth + 1) : String(cause) };
}

const levels = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT'] as const;

const errorOf = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

export function createTelemetry({ database, namespace, logLevel }: Options): Telemetry {
  const log = (level: (typeof levels)[number], message: string, more: object): void => {
    if (levels.indexOf(level) < levels.indexOf(logLevel)) return;
    write({ level, message, timestamp: new Date().toISOString(), service: 'rds-target-reconciler', ...more });
  };
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
  const embed = (measurements: readonly Measurement[], more: object = {}): void => {
    const Metrics = measurements.map(({ name, unit }) => ({ Name: name, Unit: unit }));
    const directive = { Namespace: namespace, Dimensions: [[dimensionName]], Metrics };
    write({
      _aws: { Timestamp: Date.now(), CloudWatchMetrics: [directive] },
      [dimensionName]: database,
      ...Object.fromEntries(measurements.map(({ name, value }) => [name, value])),
      ...more,
    });
  };
  return {
    report: (report) => log(report.outcome === 'held' ? 'WARN' : 'INFO', summary(report), report),
    fault(error, report) {
      const said = errorOf(error);
      log('ERROR', said.message, { ...report, error: toldOf(said) });
    },
    untold(error) {
      const said = errorOf(error);
      log('WARN', `no topic was told of the failover of ${database}: ${said.message}`, { error: toldOf(said) });
      embed([{ name: notNotified, unit: 'Count', value: 1 }]);
    },
    measure(measurements, { outcome, reason, registered, deregistered }) {
      if (measurements.length > 0) embed(measurements, { outcome, reason, registered, deregistered });
    },
  };
}
