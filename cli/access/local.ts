import { allowedCidrsOf, securityGroupIdsOf } from '../../infra/config/database-entry.ts';
import type { DatabaseEntry } from '../../infra/config/databases.ts';
import { createPorts } from '../../lib/adapters/ports.ts';
import type { Action, Check, Report } from '../../lib/domain.ts';
import { respond } from '../../lib/invocation.ts';
import type { RunState } from '../../lib/observations/run-state.ts';
import { proxyOfHost } from '../../lib/partitions.ts';
import { type Config, configFromEnv, type Environment } from '../../lib/settings/config.ts';
import { environmentFrom, writtenIn } from '../../lib/settings/rows.ts';
import type { Name } from '../../lib/settings/table.ts';
import { merged } from '../doctor/merge.ts';
import { CliError } from '../terminal/errors.ts';
import { type Io, withProgress } from '../terminal/io.ts';
import { operatorFault } from './call.ts';
import { configurationOf } from './configuration.ts';
import type { Context } from './functions.ts';

/** Runs the core in this process, with the operator's credentials and from the operator's network. */
export async function askLocally(io: Io, context: Context, action: Action): Promise<Report> {
  const config = await configOf(io, context);
  // The time-out that the stack gives the drift function.
  const remainingMs = Math.floor(config.timings.settleMs * 1.2 + 20_000);
  const signal = AbortSignal.timeout(remainingMs);
  const { report, fault } = await withProgress(io, `${action}: running on this machine`, async () => {
    const extendedChecks = action === 'doctor' ? await loadExtendedChecks(context, config, signal) : undefined;
    return respond(createPorts(context.clients, config), config, { action }, remainingMs, signal, extendedChecks);
  });
  if (fault) throw operatorFault(fault, 'with --local', context.selection);
  return report;
}

async function loadExtendedChecks(context: Context, config: Config, signal: AbortSignal) {
  const { createLocalDiagnose, functionArnOf } = await import('../doctor/local.ts');
  const diagnose = createLocalDiagnose(context, config);
  return async (state: RunState, basic: readonly Check[]) => {
    const told = context.selection.functions.map(async (by) => {
      const functionArn = functionArnOf(by, config.targetGroupArn);
      return { by, checks: await diagnose(state, basic, { functionArn, signal }) };
    });
    return merged(await Promise.all(told));
  };
}

/** The settings of the functions of this database, without the probe: its rule admits the functions, and this machine is none of them. */
export async function configOf(io: Io, context: Context): Promise<Config> {
  const config = configFromEnv(await environment(io, context));
  return { ...config, probe: { ...config.probe, login: 'off' } };
}

/** From the configuration file; a group that the stack made, and everything with --function, from the deployed function. */
async function environment(io: Io, context: Context): Promise<Environment> {
  const { entry } = context.selection;
  if (entry?.targetGroupArn) return environmentOf(entry, entry.targetGroupArn);
  const { Environment: { Variables: deployed = {} } = {} } = await configurationOf(io, context);
  const arn = deployed.TARGET_GROUP_ARN;
  if (!arn)
    throw new CliError(
      `${context.selection.functionName} has no TARGET_GROUP_ARN in its environment`,
      `check that it is a function of rds-target-reconciler; --function names another`,
    );
  // A pause applies to the functions; with --local the operator does the work all the same.
  const { PAUSED_UNTIL: _, ...lasting } = deployed;
  return entry ? environmentOf(entry, arn) : lasting;
}

/**
 * The environment that the stack gives its functions, as far as it follows from the configuration file; a test holds it to what the
 * stack really writes. Defaults are left out.
 */
export function environmentOf(entry: DatabaseEntry, targetGroupArn: string): Record<string, string> {
  const { database, reconcile } = entry;
  const isName = database.kind === 'hostname';
  const groups = securityGroupIdsOf(entry);
  /** What the file says in another way. */
  const own: { readonly [N in Name]?: unknown } = {
    DATABASE_ID: (isName ? database.identifier : database.id)?.toLowerCase(),
    DATABASE_PROXY_NAME: isName ? (database.proxyName ?? proxyOfHost(database.hostname).proxy) : undefined,
    DATABASE_ENDPOINT: isName ? undefined : endpointOf(database),
    DATABASE_SECURITY_GROUPS: groups,
    TARGET_GROUP_ARN: targetGroupArn,
    TARGET_PORT: isName ? database.port : undefined,
    ALLOWED_CIDRS: allowedCidrsOf(entry),
    WARM_STANDBY: entry.warmStandby && true,
    VERIFY_INTERFACES: reconcile?.verifyInterfaces ?? (!isName || groups !== undefined),
  };
  return environmentFrom((name) => (name in own ? own[name] : writtenIn(entry, name)));
}

const endpointOf = ({ endpoint, port }: { endpoint?: string; port?: number }): string | undefined =>
  endpoint && port !== undefined ? `${endpoint}:${port}` : endpoint;
