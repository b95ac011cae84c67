import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { Report } from '../domain.ts';
import { dimensionName, type Measurement } from '../metrics.ts';
import { summary } from '../report.ts';
import { visible, visibleValue } from '../visible.ts';

type Options = {
  readonly database: string;
  readonly namespace: string;
  readonly logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'SILENT';
};

/** Logs and metrics of a function, through Powertools: JSON lines on standard output, metrics as EMF. */
export type Telemetry = {
  /** One line per run. A hold is a warning: it does not fail the run, and may need an operator. */
  report(report: Report): void;
  fault(error: unknown, report?: Report): void;
  measure(measurements: readonly Measurement[], report: Report): void;
};

/** A log is read in terminals, too; JSON leaves C1 and marks of direction as they are. A stack keeps its lines. */
const inLog = (key: string, value: unknown): unknown =>
  key === 'stack' && typeof value === 'string' ? value.split('\n').map(visible).join('\n') : visibleValue(key, value);

export function createTelemetry({ database, namespace, logLevel }: Options): Telemetry {
  const logger = new Logger({ serviceName: 'rds-target-reconciler', logLevel, jsonReplacerFn: inLog });
  return {
    report(report) {
      const level = report.outcome === 'held' ? 'warn' : 'info';
      logger[level](summary(report), { ...report });
    },
    fault(error, report) {
      const said = error instanceof Error ? error : new Error(String(error));
      logger.error(said.message, { ...report, error: said });
    },
    measure(measurements, report) {
      if (measurements.length === 0) return;
      // One per run: nothing is kept between invocations, and Powertools' own `service` dimension would make each metric another one.
      const metrics = new Metrics({ namespace, serviceName: 'rds-target-reconciler' });
      metrics.clearDefaultDimensions();
      metrics.addDimension(dimensionName, database);
      for (const { name, unit, value } of measurements) metrics.addMetric(name, unit, value);
      const { outcome, reason, registered, deregistered } = report;
      for (const [key, value] of Object.entries({ outcome, reason, registered, deregistered })) {
        if (value !== undefined) metrics.addMetadata(key, value as string);
      }
      metrics.publishStoredMetrics();
    },
  };
}
