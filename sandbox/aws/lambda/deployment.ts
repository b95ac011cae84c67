import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, configFromEnv } from '../../../lib/settings/config.ts';
import type { SandboxClock } from '../../world/clock.ts';
import type { DatabaseKind } from '../../world/database/state.ts';
import type { Journal } from '../../world/journal.ts';
import { securityGroupIds } from '../../world/surroundings.ts';
import type { LambdaFunction, TargetGroup } from '../../world/types.ts';
import type { Elbv2 } from '../elbv2/elbv2.ts';
import type { Deployed } from './configuration.ts';
import { createFunction } from './function.ts';

const built = join(import.meta.dirname, '..', '..', '..', 'dist', 'functions');

type Shared = {
  readonly clock: SandboxClock;
  readonly journal: Journal;
  /** Where the functions' bundles are; those that were built where absent. */
  readonly bundles?: string | undefined;
};

/** The bundles as a deployment with a probe has them: with the authority of the database's certificates beside them. */
export function bundlesWith(roots: string): { readonly directory: string; close(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'sandbox-functions-'));
  cpSync(built, directory, { recursive: true });
  for (const name of reconcilers) writeFileSync(join(directory, name, 'rds-roots.pem'), roots);
  return { directory, close: () => rmSync(directory, { recursive: true, force: true }) };
}

const reconcilers = ['failover', 'drift'];

/** As our CDK sets it up: ten seconds between two checks, five with a warm standby. */
const healthChecks = {
  usual: { intervalSeconds: 10, timeoutSeconds: 6, healthyThreshold: 2, unhealthyThreshold: 2 },
  fast: { intervalSeconds: 5, timeoutSeconds: 4, healthyThreshold: 2, unhealthyThreshold: 2 },
};

/** As our CDK sets a group up: deregistration ends stale sessions, and two probes make a target healthy. */
export const groupSettings = (healthCheck: HealthCheckName) => ({
  healthCheck: healthChecks[healthCheck],
  attributes: {
    'deregistration_delay.timeout_seconds': '0',
    'deregistration_delay.connection_termination.enabled': 'true',
  },
});

type HealthCheckName = keyof typeof healthChecks;

type GroupOptions = {
  readonly port: number;
  readonly dualStack?: 'ipv4' | 'ipv6' | undefined;
  readonly loadBalancerZones?: readonly string[] | undefined;
  readonly healthCheck?: HealthCheckName | undefined;
};

/** The target group and its load balancer. */
export function deployGroup(
  elbv2: Elbv2,
  { port, dualStack, loadBalancerZones: zones, healthCheck = 'usual' }: GroupOptions,
) {
  const targetGroup = elbv2.createTargetGroup({
    name: 'orders',
    port,
    ipAddressType: dualStack,
    ...groupSettings(healthCheck),
  });
  const balancer = elbv2.createLoadBalancer({
    name: 'orders',
    listeners: [{ port, targetGroupArn: targetGroup.arn }],
    ipAddressType: dualStack ? 'dualstack' : 'ipv4',
    zones,
    securityGroups: [securityGroupIds.loadBalancer],
    attributes: { 'load_balancing.cross_zone.enabled': 'true' },
  });
  const [listener] = balancer.listeners;
  if (!listener) throw new Error('the load balancer has no listener');
  return { targetGroup, balancer, listener };
}

/**
 * A function of ours, with the memory and the time-outs of our CDK. Two seconds of them are for its report, and take as long here as on AWS.
 * @throws Error when its bundle was not built
 */
export function deployment(
  name: string,
  { timings }: Config,
  environment: Record<string, string>,
  { clock, journal, bundles = built }: Shared,
): Deployed {
  const memoryMb = name === 'failover' ? 1769 : 256;
  const settings = { environment, memoryMb, timeoutMs: timings.watchMs + 4000 };
  const bundle = join(bundles, name, 'index.mjs');
  if (!existsSync(bundle))
    throw new Error(`the ${name} function is not built: ${bundle} is missing\nNext: npm run build`);
  return { ...settings, lambda: createFunction({ ...settings, name: `orders-${name}`, bundle, clock, journal }) };
}

/** As our CDK does: a host name is verified only where its security groups are known. */
export const verifiable = ({ policy, ...config }: Config): Config => ({
  ...config,
  policy:
    config.database.kind === 'hostname' && !config.database.securityGroups
      ? { ...policy, verifyInterfaces: false }
      : policy,
});

/** The defaults, at the speed of the sandbox. */
export function configOf(kind: DatabaseKind, targetGroupArn: string, dnsServer: string, speed: number): Config {
  const { timings, ...config } = configFromEnv({
    DATABASE_NAME: 'orders',
    DATABASE_KIND: kind,
    DATABASE_ID: 'orders',
    TARGET_GROUP_ARN: targetGroupArn,
    DNS_SERVERS: dnsServer,
    VERIFY_INTERFACES: 'true',
  });
  const scaled = Object.entries(timings).map(([name, ms]) => [name, ms / speed]);
  return { ...config, timings: Object.fromEntries(scaled) as Config['timings'] };
}

type Parts = { readonly functions: { readonly drift: LambdaFunction }; readonly targetGroup: TargetGroup };

/** What a deployment does: resync, and fail when that fails. Then the group serves. */
export async function registerFirst({ functions, targetGroup }: Parts): Promise<void> {
  const result = await functions.drift.invoke({ action: 'resync' });
  if (result.status !== 'succeeded') throw new Error(`the first resync failed: ${JSON.stringify(result.payload)}`);
  await untilHealthy(targetGroup);
}

function untilHealthy(group: TargetGroup): Promise<void> {
  const isHealthy = () => group.targets().some(({ state }) => state === 'healthy');
  return new Promise((resolve) => {
    const unfollow = group.onChange(() => check());
    const check = () => {
      if (!isHealthy()) return;
      unfollow();
      resolve();
    };
    check();
  });
}
