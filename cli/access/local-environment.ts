import { allowedCidrsOf, securityGroupIdsOf } from '../../infra/config/databases/verification.ts';
import type { DatabaseEntry } from '../../infra/config/databases.ts';
import { proxyOfHost } from '../../lib/partitions.ts';

/**
 * The environment that the stack gives its functions, as far as it follows from the configuration file; a test holds it to what the
 * stack really writes. Defaults are left out.
 */
export function environmentOf(entry: DatabaseEntry, targetGroupArn: string): Record<string, string> {
  const { database, reconcile = {} } = entry;
  const groups = securityGroupIdsOf(entry);
  const isVerified = reconcile.verifyInterfaces ?? (database.kind !== 'hostname' || groups !== undefined);
  const seconds = (value?: number) => value?.toString();
  const texts: Record<string, string | undefined> = {
    DATABASE_NAME: entry.name,
    DATABASE_KIND: database.kind,
    ...(database.kind === 'hostname'
      ? {
          DATABASE_ID: database.identifier?.toLowerCase(),
          DATABASE_HOSTNAME: database.hostname,
          DATABASE_PROXY_NAME: database.proxyName ?? proxyOfHost(database.hostname).proxy,
        }
      : { DATABASE_ID: database.id.toLowerCase(), DATABASE_ENDPOINT: endpointOf(database) }),
    DATABASE_MEMBER: database.kind === 'instance' && database.member ? 'true' : undefined,
    DATABASE_CUSTOM_ENDPOINT: entry.endpointId,
    ROLE: entry.role,
    TARGET_GROUP_ARN: targetGroupArn,
    TARGET_PORT: database.kind === 'hostname' ? String(database.port) : undefined,
    REMOVE_STALE: reconcile.removeStale,
    DATABASE_SECURITY_GROUPS: groups?.join(','),
    ALLOWED_CIDRS: allowedCidrsOf(entry)?.join(','),
    VERIFY_INTERFACES: isVerified ? 'true' : undefined,
    WATCH_SECONDS: seconds(reconcile.watchSeconds),
    SETTLE_SECONDS: seconds(reconcile.settleSeconds),
    RECHECK_MILLISECONDS: reconcile.recheckMilliseconds?.toString(),
    DNS_SERVERS: reconcile.dnsServers?.join(','),
    OBSERVE_ONLY: reconcile.observeOnly?.toString(),
    METRICS_NAMESPACE: reconcile.metricsNamespace,
    LOG_LEVEL: reconcile.logLevel,
  };
  return Object.fromEntries(Object.entries(texts).filter((one): one is [string, string] => one[1] !== undefined));
}

const endpointOf = ({ endpoint, port }: { endpoint?: string; port?: number }): string | undefined =>
  endpoint && port !== undefined ? `${endpoint}:${port}` : endpoint;
