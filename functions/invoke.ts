import type { Context } from 'aws-lambda';
import type { Telemetry } from '../lib/adapters/telemetry.ts';
import type { Diagnose } from '../lib/doctor/surroundings.ts';
import type { Check, Report } from '../lib/domain.ts';
import { respond } from '../lib/invocation.ts';
import { type Memory, newMemory } from '../lib/memory/memory.ts';
import type { Failover } from '../lib/notice.ts';
import type { RunState } from '../lib/observations/run-state.ts';
import type { Ports } from '../lib/ports.ts';
import type { Config } from '../lib/settings/config.ts';
import { allVisible } from '../lib/visible.ts';

export type Parts = {
  readonly config: Config;
  readonly ports: Ports;
  readonly telemetry: Telemetry;
  /** Absent: `doctor` tells what every run can tell. */
  readonly diagnose?: Diagnose;
  /** Absent: no topic is told of a failover. */
  readonly notify?: Notify;
  /** Of the execution environment. */
  readonly memory?: Memory;
};

/** Rejects where a failover was not told. */
export type Notify = (failover: Failover, signal: AbortSignal) => Promise<unknown>;

export type Handler = (
  event: unknown,
  context?: Pick<Context, 'getRemainingTimeInMillis'> & Partial<Pick<Context, 'invokedFunctionArn'>>,
) => Promise<Report>;

/** Calls that are still open are cut this long before Lambda's own time-out, so that the fault can be told. Ms. */
const lastWordsMs = 500;

/** A runtime other than Lambda's may know no limit; Lambda's own is shorter. Ms. */
const longestMs = 900_000;

/** What every timer takes: fractions come from settings as well as from a runtime's clock. */
const wholeMs = (ms: number): number => (ms < longestMs ? Math.floor(ms) : longestMs);

/**
 * One invocation of either function: reports what it did; throws on a fault, so that Lambda counts and retries it. A hold is no
 * fault: it returns.
 */
export function createHandler({ config, ports, telemetry, diagnose, notify, memory = newMemory() }: Parts): Handler {
  return async (event, context) => {
    const remainingMs = wholeMs(
      context?.getRemainingTimeInMillis?.() ?? config.timings.watchMs + config.timings.settleMs,
    );
    const signal = AbortSignal.timeout(Math.max(0, remainingMs - lastWordsMs));
    const where = { functionArn: unqualified(context?.invokedFunctionArn), signal };
    const extendedChecks = diagnose && ((state: RunState, basic: readonly Check[]) => diagnose(state, basic, where));
    const run = respond(ports, config, event, remainingMs, signal, extendedChecks, memory);
    const { measurements, fault, failover, ...told } = await run.catch((error) => {
      telemetry.fault(error);
      throw error;
    });
    // Callers print it, with or without our command.
    const report = allVisible(told.report);
    telemetry.measure(measurements, report);
    if (fault) {
      telemetry.fault(fault, report);
      throw fault;
    }
    telemetry.report(report);
    if (failover && notify) {
      await ports.clock.sleep(failover.waitMs, signal);
      // The run is over, and has been reported: what fails here is no fault of its own.
      await notify(failover, signal).catch((error) => telemetry.untold(error));
    }
    return report;
  };
}

/** Without an alias or version: rules name the function itself. */
const unqualified = (arn: string | undefined): string | undefined => arn?.split(':').slice(0, 7).join(':');
