import type { LoginLimits, Surroundings } from './surroundings.ts';
import { failed, judge, notChecked, ok, type Verdict, worst } from './verdict.ts';

/** As many health checks, one every ten seconds, come in four months. */
const plenty = 1_000_000;

/** The default of MySQL and MariaDB. */
const defaultErrors = 100;

/** What the engine makes of the load balancer's health checks. */
export function engineChecks(seen: Surroundings) {
  const { databaseNetwork, loginLimits } = seen;
  const engine = databaseNetwork?.kind === 'read' ? databaseNetwork.value.engine : undefined;
  return {
    'max-connect-errors': loginLimits
      ? judge(loginLimits, (limits) =>
          limits.length === 0
            ? ok(`${engine ?? 'the engine'} does not lock clients out for connections without a login`)
            : worst(limits.map((one) => verdictOf(one, intervalOf(seen)))),
        )
      : hostNameVerdict(seen),
  } as const satisfies Record<string, Verdict>;
}

/** No API tells what a host name leads to; its port does. */
const hostNameVerdict = ({ conversation }: Surroundings): Verdict =>
  conversation && conversation.protocol !== 'mysql'
    ? ok("the port is not MySQL's")
    : notChecked('the parameters of what stands behind a host name are not known: see to max_connect_errors there');

function verdictOf({ group, maxConnectErrors, skipsNameResolve, isPending }: LoginLimits, seconds: number): Verdict {
  const errors = maxConnectErrors ?? defaultErrors;
  const said = `${group}: max_connect_errors ${errors}${maxConnectErrors === undefined ? ' (default)' : ''}`;
  // It is dynamic, so it holds whatever is pending.
  if (errors >= plenty) return ok(said);
  if (skipsNameResolve && !isPending) return ok(`${said}, without effect: skip_name_resolve is on`);
  const pending = skipsNameResolve ? 'skip_name_resolve is on after a restart of the instance, until then ' : '';
  const minutes = Math.max(1, Math.round((errors * seconds) / 60));
  return failed(
    `${said}; ${pending}${errors} health checks without a login between them, which take about ${minutes} minutes, lock every client out`,
  );
}

/** AWS's default is 30 s; our CDK's 10. */
const intervalOf = ({ group }: Surroundings): number =>
  (group.kind === 'read' ? group.value.healthCheckSeconds : undefined) ?? 30;
