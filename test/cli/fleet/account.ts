import type { Action, Report } from '../../../lib/domain.ts';
import type { Deployed } from '../../../sandbox/aws/lambda/configuration.ts';
import { createLambdaApi } from '../../../sandbox/aws/lambda/lambda-api.ts';
import { createLogsApi } from '../../../sandbox/aws/lambda/logs-api.ts';
import { createFaults } from '../../../sandbox/aws/wire/faults.ts';
import type { JsonService } from '../../../sandbox/aws/wire/json.ts';
import type { Service } from '../../../sandbox/aws/wire/query.ts';
import { createQueryServer } from '../../../sandbox/aws/wire/server.ts';
import { createClock } from '../../../sandbox/world/clock.ts';
import { createJournal } from '../../../sandbox/world/journal.ts';
import { home } from '../../../sandbox/world/network.ts';
import type { InvocationResult } from '../../../sandbox/world/types.ts';
import { healthy, reportOf } from '../reports.ts';
import { inSandbox, orders } from '../rig.ts';

/* An account with many databases on the wire. Its functions answer at once, what a test says. */

/** Its entry in databases.json. */
export const entryOf = (name: string) => ({
  ...orders,
  name,
  targetGroupArn: `arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/${name}/0123456789abcdef`,
});

export const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `db-${String(index + 1).padStart(3, '0')}`);

/** In sync, and a target is healthy. */
export const well = (database: string, more: Partial<Report> = {}): Report =>
  reportOf({
    database,
    writer: { instanceId: database, address: '10.0.1.10', port: 5432 },
    targets: healthy,
    ...more,
  });

const resultOf = (more: Partial<InvocationResult>): InvocationResult => ({
  requestId: 'x',
  status: 'succeeded',
  payload: undefined,
  durationMs: 1,
  log: [],
  ...more,
});

/** What a function answers: its report, or the error that it throws. */
export type Says = (database: string, action: Action) => Report | Error | Promise<Report>;

type Others = { readonly services?: readonly Service[]; readonly jsonServices?: readonly JsonService[] };

/** `lines`: what the log of each drift function has. */
export async function createAccount(
  names: readonly string[],
  says: Says,
  { services = [], jsonServices: others = [] }: Others = {},
  lines: (database: string) => readonly string[] = () => [],
) {
  const asked: { readonly database: string; readonly action: Action }[] = [];
  let running = 0;
  let most = 0;
  const invoke = async (database: string, event: unknown): Promise<InvocationResult> => {
    const { action } = event as { readonly action: Action };
    asked.push({ database, action });
    running += 1;
    most = Math.max(most, running);
    const said = await says(database, action);
    running -= 1;
    const isError = said instanceof Error;
    const payload = isError ? { errorType: said.name, errorMessage: said.message } : said;
    return resultOf({ status: isError ? 'failed' : 'succeeded', payload });
  };
  const deployed = names.flatMap((database) =>
    ['failover', 'drift'].map(
      (kind): Deployed => ({
        lambda: {
          name: `${database}-${kind}`,
          invoke: (event) => invoke(database, event),
          invokeAsync: () => {},
          reconfigure: () => {},
          results: () => (kind === 'drift' ? [resultOf({ log: lines(database) })] : []),
          idle: async () => {},
          close: async () => {},
        },
        environment: {},
        timeoutMs: 1000,
        memoryMb: 256,
      }),
    ),
  );
  const clock = createClock(1);
  const faults = createFaults();
  const jsonServices = [
    createLambdaApi(() => deployed, home, clock),
    createLogsApi(() => deployed.map(({ lambda }) => lambda), home.region),
    ...others,
  ];
  const api = await createQueryServer({ services, jsonServices, faults, clock, journal: createJournal() });
  return {
    env: inSandbox({ api }),
    faults,
    asked,
    calls: (action: string) => api.calls().filter((call) => call.action === action).length,
    mostAtOnce: () => most,
    async close() {
      await api.close();
      clock.close();
    },
  };
}
