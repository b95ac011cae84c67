import type { Context } from 'aws-lambda';
import type { Telemetry } from '../lib/adapters/telemetry.ts';
import type { Config } from '../lib/config.ts';
import type { Report } from '../lib/domain.ts';
import type { Ports } from '../lib/ports.ts';
import { respond } from '../lib/respond.ts';

export type Parts = { readonly config: Config; readonly ports: Ports; readonly telemetry: Telemetry };

export type Handler = (event: unknown, context?: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<Report>;

/** Calls that are still open are cut this long before Lambda's own time-out, so that the fault can be told. Ms. */
const lastWordsMs = 500;

/**
 * One invocation of either function: reports what it did; throws on a fault, so that Lambda counts and retries it. A hold is no
 * fault: it returns.
 */
export function createHandler({ config, ports, telemetry }: Parts): Handler {
  return async (event, context) => {
    const remainingMs = context?.getRemainingTimeInMillis?.() ?? config.pace.watchMs + config.pace.settleMs;
    const signal = AbortSignal.timeout(Math.max(0, remainingMs - lastWordsMs));
    const { report, measurements, fault } = await respond(ports, config, event, remainingMs, signal).catch((error) => {
      telemetry.fault(error);
      throw error;
    });
    telemetry.measure(measurements, report);
    if (fault) {
      telemetry.fault(fault, report);
      throw fault;
    }
    telemetry.report(report);
    return report;
  };
}
