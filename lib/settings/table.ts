import { privateCidrs } from '../addresses.ts';
import { identifierHint, isResourceId } from '../contradictions.ts';
import { defaultNamespace } from '../metrics.ts';
import * as codec from './codecs.ts';
import { type Description, logLevels, type Setting } from './setting.ts';

/*
 * All settings, by their environment variables. Everything else follows from here: the environment both ways, databases.json and its
 * schema, what the constructs write, the words of the command, and the tables of docs/functions.md and docs/deploy.md (`npm run docs`).
 */

/** What the functions need of each. */
export const settings = {
  DATABASE_NAME: { at: 'database.name', codec: codec.printable, required: 'always' },
  DATABASE_KIND: { at: 'database.kind', codec: codec.words('instance', 'cluster', 'hostname'), required: 'always' },
  DATABASE_ID: {
    at: 'database.id',
    codec: { ...codec.identifier('an RDS identifier', (id) => !isResourceId(id)), hint: identifierHint },
    required: ['instance', 'cluster'],
  },
  DATABASE_HOSTNAME: { at: 'database.hostname', codec: codec.hostName, required: ['hostname'] },
  DATABASE_PROXY_NAME: { at: 'database.proxyName', codec: codec.identifier('the name of an RDS Proxy') },
  DATABASE_ENDPOINT: { at: 'database.endpoint', codec: codec.endpoint },
  DATABASE_MEMBER: { at: 'database.isMember', codec: codec.flag },
  DATABASE_MEMBER_PREFIX: { at: 'database.memberPrefix', codec: codec.identifierPrefix },
  DATABASE_CUSTOM_ENDPOINT: {
    at: 'database.customEndpoint',
    codec: codec.identifier('the identifier of a custom endpoint'),
  },
  DATABASE_SECURITY_GROUPS: { at: 'database.securityGroups', codec: codec.securityGroups },
  ROLE: { at: 'database.role', codec: codec.words('writer', 'reader', 'custom'), default: 'writer' },
  TARGET_GROUP_ARN: { at: 'targetGroupArn', codec: codec.targetGroup, required: 'always' },
  TARGET_PORT: { at: 'database.port', codec: codec.whole(1, 65535), required: ['hostname'] },
  REMOVE_STALE: {
    at: 'policy.removeStale',
    codec: codec.words('at-once', 'when-replacement-healthy', 'never'),
    default: ({ role, kind }) => (role !== 'writer' || kind === 'hostname' ? 'when-replacement-healthy' : 'at-once'),
  },
  ALLOWED_CIDRS: { at: 'policy.allowedCidrs', codec: codec.ranges, default: privateCidrs },
  WATCH_SECONDS: { at: 'timings.watchMs', codec: codec.seconds(0.01, 890), default: 120 },
  SETTLE_SECONDS: { at: 'timings.settleMs', codec: codec.seconds(0.01, 600), default: 30 },
  RECHECK_MILLISECONDS: { at: 'timings.recheckMs', codec: codec.milliseconds(1, 60_000), default: 1000 },
  DNS_SERVERS: { at: 'dnsServers', codec: codec.dnsServers, default: [] },
  VERIFY_INTERFACES: { at: 'policy.verifyInterfaces', codec: codec.flag },
  PROBE: { at: 'probe.login', codec: codec.words('off', 'iam', 'secret', 'connect'), default: 'off' },
  PROBE_USER: { at: 'probe.user', codec: codec.databaseUser, default: 'rds_target_probe' },
  PROBE_DATABASE: { at: 'probe.database', codec: codec.databaseName },
  PROBE_SECRET_ARN: { at: 'probe.secretArn', codec: codec.secret },
  WARM_STANDBY: { at: 'policy.warmStandby', codec: codec.flag },
  WARM_SECURITY_GROUP: { at: 'database.markerSecurityGroup', codec: codec.securityGroup },
  OBSERVE_ONLY: { at: 'policy.observeOnly', codec: codec.flag, default: false },
  PAUSED_UNTIL: { at: 'pausedUntil', codec: codec.time },
  FAILOVER_TOPIC_ARN: { at: 'failoverTopicArn', codec: codec.topic },
  METRICS_NAMESPACE: { at: 'metricsNamespace', codec: codec.namespace, default: defaultNamespace },
  LOG_LEVEL: {
    at: 'logLevel',
    codec: { ...codec.words(...logLevels), allowed: logLevels.join(', '), tidy: (typed) => typed.toUpperCase() },
    default: 'INFO',
  },
} as const satisfies Readonly<Record<string, Setting>>;

export type Name = keyof typeof settings;

/** What the file, the command and the documents need of each; the functions' bundle goes without. */
export const descriptions = {
  DATABASE_NAME: { key: 'name', meaning: 'Name of the database in stack, metrics, logs and reports' },
  DATABASE_KIND: { key: 'database.kind', meaning: 'Kind of database to follow' },
  DATABASE_ID: {
    key: 'database.id',
    meaning: 'Identifier of the DB instance, or of the DB cluster (Aurora or Multi-AZ DB cluster)',
  },
  DATABASE_HOSTNAME: {
    key: 'database.hostname',
    meaning: 'Every address of this name is a target: an RDS Proxy, Redshift, anything',
  },
  DATABASE_PROXY_NAME: {
    key: 'database.proxyName',
    meaning: 'RDS Proxy behind the name; its events wake the functions',
    otherwise: 'the proxy whose default endpoint the name is, if it is one',
  },
  DATABASE_ENDPOINT: {
    key: 'database.endpoint',
    meaning: 'Endpoint to use while the RDS API does not answer',
    otherwise: 'nothing changes while it does not answer',
  },
  DATABASE_MEMBER: {
    key: 'database.member',
    meaning:
      'Whether to follow this instance although it is a member of a cluster and may be a reader after a failover',
    otherwise: 'false, and a member is not registered',
  },
  DATABASE_MEMBER_PREFIX: {
    key: 'database.memberPrefix',
    meaning:
      "How the identifiers of all the cluster's DB instances begin, best those of no other: only events about such instances then wake the function",
    otherwise: 'none, and events about every DB instance of the account do',
  },
  DATABASE_CUSTOM_ENDPOINT: {
    key: 'endpointId',
    meaning: 'Identifier of an Aurora custom endpoint of the cluster, for the role "custom", which needs it',
    otherwise: 'none',
  },
  DATABASE_SECURITY_GROUPS: {
    key: 'database.securityGroupIds',
    meaning:
      'Security groups of the database, used while the RDS API does not report them: without the API a cluster is followed only by an address that carries one. For a host name: those of what stands behind it, in this account and Region; an address enters the group only if its network interface carries one',
    otherwise: 'none',
    otherwiseInFile:
      'endpointService.databaseSecurityGroupId; none for a host name, whose addresses are then not verified',
  },
  ROLE: {
    key: 'role',
    meaning:
      'What the group holds: the writer, every available reader and never the writer, or the available members of a custom endpoint; of a host name, which has no readers, every address',
  },
  TARGET_GROUP_ARN: {
    key: 'targetGroupArn',
    meaning: 'The target group to keep, of type ip',
    otherwiseInFile: 'the one that "endpointService" makes; give one of the two',
  },
  TARGET_PORT: {
    key: 'database.port',
    meaning: 'Port of the database that targets are registered with',
    otherwise: 'the port that the RDS API reports',
  },
  REMOVE_STALE: {
    key: 'reconcile.removeStale',
    meaning: 'When an address that is no longer wanted leaves the group',
    otherwise: 'at-once; readers, custom endpoints and host names: when-replacement-healthy',
  },
  ALLOWED_CIDRS: {
    key: 'reconcile.allowedCidrs',
    meaning:
      "Only addresses in these ranges are registered, best the subnets of the database; where it is in a peered VPC, the ranges there. IPv6 targets need the VPC's own IPv6 range here",
    otherwise: 'RFC 1918, 100.64.0.0/10 and fc00::/7',
    otherwiseInFile: 'vpc.cidr; without it, and not for a host name, RFC 1918, 100.64.0.0/10 and fc00::/7',
  },
  WATCH_SECONDS: { key: 'reconcile.watchSeconds', meaning: 'How long an event keeps the function watching, at most' },
  SETTLE_SECONDS: {
    key: 'reconcile.settleSeconds',
    meaning:
      'How long nothing may change before a watch ends, at most as long as the watch; other waits are fractions of it',
  },
  RECHECK_MILLISECONDS: { key: 'reconcile.recheckMilliseconds', meaning: 'Pause between two DNS lookups of a watch' },
  DNS_SERVERS: {
    key: 'reconcile.dnsServers',
    meaning: 'DNS servers to ask',
    otherwise: 'the resolver of Lambda, or of the VPC',
  },
  VERIFY_INTERFACES: {
    key: 'reconcile.verifyInterfaces',
    meaning:
      "Whether a new address must belong to a network interface of RDS with one of the database's security groups; for a host name, to any interface with one of them",
    otherwise: 'false; the constructs set true for instances and clusters',
    otherwiseInFile: 'true; for a host name only with securityGroupIds',
  },
  PROBE: {
    key: 'probe.login',
    meaning:
      'How the functions ask the members of the database which is the writer: with a login by IAM or by a secret, or without one (connect: only whether a member accepts connections)',
  },
  PROBE_USER: { key: 'probe.user', meaning: 'Database user of the probe, for a login by IAM' },
  PROBE_DATABASE: {
    key: 'probe.database',
    meaning: 'Database that the probe logs in to',
    otherwise: "the engine's own",
  },
  PROBE_SECRET_ARN: {
    key: 'probe.secretArn',
    meaning: 'Secret with the "username" and "password" of the probe',
    otherwise: 'none; needed for a login by secret',
  },
  WARM_STANDBY: {
    key: 'warmStandby',
    meaning:
      'Keeps the standby of a Multi-AZ instance registered, once it is proven to be its own (docs/warm-standby.md)',
    otherwise: 'false',
    otherwiseInFile: 'it is not registered before a failover',
  },
  WARM_SECURITY_GROUP: {
    key: 'warmStandby.securityGroupId',
    meaning: 'Marker security group, which is on this database alone: by it the standby is proven',
    otherwise: 'none; needed with WARM_STANDBY',
  },
  OBSERVE_ONLY: { key: 'reconcile.observeOnly', meaning: 'Plan and report, never change anything' },
  PAUSED_UNTIL: { meaning: 'Until then the same as `OBSERVE_ONLY`; [`rds-target pause`](command.md#pause) sets it' },
  FAILOVER_TOPIC_ARN: {
    key: 'notifyFailovers.topicArn',
    meaning:
      'Standard SNS topic that gets one message for each failover after which the group is in sync with the new writer',
    otherwise: 'no message',
  },
  METRICS_NAMESPACE: { key: 'reconcile.metricsNamespace', meaning: 'Namespace of the metrics' },
  LOG_LEVEL: { key: 'reconcile.logLevel', meaning: 'How much the functions log' },
} as const satisfies { readonly [N in Name]: Description };
