import { topic } from '../../lib/settings/codecs.ts';
import * as f from './fields.ts';
import { limits } from './limits.ts';
import { described, reconcileSettings } from './settings-schema.ts';

/* The parts of databases.json about the reconciler, its alarms and its roles. */

export const reconcile = f
  .object(
    {
      ...reconcileSettings,
      scheduleMinutes: f.whole(1, 60).optional().describe('How often the drift function compares. Default: 1'),
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
          'Whether the functions may read what all checks of {"action": "doctor"} need; without it some report not-checked. Default: false',
        ),
      logRetentionDays: f.retentionDays().optional().describe('How long logs are kept. Default: 30'),
      reservedConcurrency: f
        .whole(...limits.reservedConcurrency)
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
      twoHealthyTargetsMinutes: minutes('two targets are healthy, with warmStandby,', '3'),
      errorMinutes: f
        .whole(...limits.errorPeriods)
        .optional()
        .describe('In how many of the last five schedule periods a run has to fail before the alarm rings. Default: 3'),
    },
    'alarms',
  )
  .describe('Alarms. Default: all of them, without a topic');

export const notifyFailovers = f
  .object(
    {
      topicArn: described('FAILOVER_TOPIC_ARN', f.text(topic.pattern, topic.allowed)),
      keyArn: f
        .arn('kms', 'key/[A-Za-z0-9-]+', 'key/ID')
        .optional()
        .describe(
          'KMS key of the topic, where it is one of yours. Default: none, or alias/aws/sns, which needs no grant',
        ),
    },
    'who is told of failovers',
  )
  .describe('Tells a topic of each failover that went well (docs/runbook.md#notices). Default: no topic is told');
