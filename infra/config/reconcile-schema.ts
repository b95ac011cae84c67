import * as f from './fields.ts';
import { limits } from './limits.ts';

/* The parts of databases.json that say how a group is kept, who is told, and with which rights. */

export const reconcile = f
  .object(
    {
      observeOnly: f.flag().optional().describe('Plan and report, never change anything. Default: false'),
      removeStale: f
        .oneOf('at-once', 'when-replacement-healthy', 'never')
        .optional()
        .describe(
          'When an address that is no longer wanted leaves. Default: at-once; readers and host names: when-replacement-healthy',
        ),
      allowedCidrs: f
        .list(f.targetCidr(), 'private ranges')
        .optional()
        .describe(
          "Only addresses in these ranges are registered, best the subnets of the database; where it is in a peered VPC, the ranges there. IPv6 targets need the VPC's own IPv6 range here. Default: vpc.cidr; without it, and not for a host name, RFC 1918, 100.64.0.0/10 and fc00::/7",
        ),
      verifyInterfaces: f
        .flag()
        .optional()
        .describe(
          "Whether a new address must belong to a network interface of RDS with one of the database's security groups. Default: true; for a host name only with securityGroupIds",
        ),
      watchSeconds: f
        .whole(1, 890)
        .optional()
        .describe('How long an event keeps the function watching, at most. Default: 120'),
      settleSeconds: f.whole(1, 600).optional().describe('How long nothing may move before a watch ends. Default: 30'),
      recheckMilliseconds: f.whole(1, 60_000).optional().describe('Pause between two looks of a watch. Default: 1000'),
      scheduleMinutes: f.whole(1, 60).optional().describe('How often the drift function compares. Default: 1'),
      dnsServers: f
        .list(
          f.text(/^(\[[0-9a-fA-F:]+\]|[0-9.]+)(:[0-9]{1,5})?$|^[0-9a-fA-F:]+$/, 'an IP address, with or without :port'),
          'DNS servers',
        )
        .optional()
        .describe('DNS servers to ask. Default: the resolver of Lambda, or of the VPC'),
      registerAtDeployment: f
        .flag()
        .optional()
        .describe(
          'Whether a deployment registers the writer and waits for a healthy target, and fails when either does not come. Default: true, unless observeOnly',
        ),
      diagnostics: f
        .flag()
        .optional()
        .describe(
          'Whether the functions may read what all checks of {"action": "doctor"} need; without it some say not-checked. Default: false',
        ),
      metricsNamespace: f
        .text(/^(?!AWS\/)[A-Za-z0-9_.\-/#:]{1,255}$/, '1 to 255 of A-Z a-z 0-9 . - _ / # :, not starting with AWS/')
        .optional()
        .describe('Namespace of the metrics. Default: RdsTargetReconciler'),
      logLevel: f.oneOf('DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT').optional().describe('Default: INFO'),
      logRetentionDays: f.retentionDays().optional().describe('How long logs are kept. Default: 30'),
      reservedConcurrency: f
        .whole(1, 1000)
        .optional()
        .describe(
          "Concurrency set aside for each function, acceptAutomatically's too. Default: none; small accounts cannot set it",
        ),
    },
    'settings of the reconciler',
  )
  .describe('How the group is kept');

export const roles = f
  .object(
    {
      permissionsBoundaryArn: f
        .iamArn('policy/.+', 'policy/NAME')
        .optional()
        .describe('Managed policy set as permissions boundary of every role. Default: none'),
      path: f
        .text(/^\/([!-~]{1,510}\/)?$/, 'a path like /teams/data/, with a slash at both ends')
        .optional()
        .describe('Path of every role. Default: /'),
      executionRoleArn: f
        .iamArn('role/.+', 'role/NAME')
        .optional()
        .describe(
          'An existing role for all functions; no role is created and nothing is added to it (docs/security-review.md lists what it needs), and the schedule is a rule, which needs none',
        ),
    },
    'settings of the roles',
  )
  .describe('For accounts that restrict IAM roles');

const minutes = (what: string, byDefault: string) =>
  f
    .whole(...limits.alarmMinutes)
    .optional()
    .describe(`Minutes that ${what} before its alarm rings. Default: ${byDefault}`);

export const alarms = f
  .object(
    {
      enabled: f.flag().optional().describe('Whether there are alarms. Default: true'),
      topicArn: f
        .arn('sns', '[A-Za-z0-9_-]+', 'TOPIC')
        .optional()
        .describe('Topic that the alarms notify. Default: the alarms notify no topic'),
      lowTopicArn: f
        .arn('sns', '[A-Za-z0-9_-]+', 'TOPIC')
        .optional()
        .describe(
          'Topic of the alarms that can wait until the morning (severity Medium and Low); the others stay with topicArn. Default: topicArn',
        ),
      runbookUrl: f
        .text(/^\S{1,200}$/, 'an address of up to 200 characters without blanks')
        .optional()
        .describe(
          'Where the runbook is; alarm descriptions link its sections. Default: its address in the repository that package.json names, or where the file is',
        ),
      driftPersistsMinutes: minutes('drift lasts', 'five schedule periods'),
      heldMinutes: minutes('every run holds', 'three schedule periods'),
      noSuccessMinutes: minutes('no run succeeds', 'five schedule periods'),
      noHealthyTargetMinutes: minutes('no target is healthy', '3'),
      errorMinutes: f
        .whole(...limits.errorPeriods)
        .optional()
        .describe('In how many of the last five schedule periods a run has to fail. Default: 3'),
    },
    'alarms',
  )
  .describe('Alarms. Default: all of them, telling nobody');
