import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

/** `High`: act now; it pages. `Medium`: within the day. `Low`: worth knowing. The last two go to the topic for what can wait. */
export type Severity = 'High' | 'Medium' | 'Low';

export type AlarmEntry = {
  /** The last part of the alarm's name, and the anchor of its section in docs/runbook.md. */
  readonly name: string;
  readonly severity: Severity;
  /** What happened, and what to do first. */
  readonly summary: string;
  /** What to type first, after `rds-target`; NAME is the database's. */
  readonly command: string;
};

type About = { readonly databaseName?: string; readonly runbookUrl?: string };

/** When an alarm rings. Unless it has a threshold of its own: at 1 or more. */
export type Condition = Pick<
  cloudwatch.AlarmProps,
  'metric' | 'evaluationPeriods' | 'datapointsToAlarm' | 'treatMissingData' | 'comparisonOperator'
> &
  Partial<Pick<cloudwatch.AlarmProps, 'threshold'>>;

/** @param about.namePrefix put in front of the alarm's name; without it CloudFormation names the alarm */
export function createAlarm(
  scope: Construct,
  id: string,
  entry: AlarmEntry,
  { namePrefix, alarmAction, ...about }: About & { namePrefix?: string; alarmAction?: cloudwatch.IAlarmAction },
  condition: Condition,
): cloudwatch.Alarm {
  const alarm = new cloudwatch.Alarm(scope, id, {
    alarmName: namePrefix === undefined ? undefined : `${namePrefix}${entry.name}`,
    alarmDescription: alarmDescription(entry, about),
    threshold: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    ...condition,
  });
  if (alarmAction) {
    alarm.addAlarmAction(alarmAction);
    alarm.addOkAction(alarmAction);
  }
  return alarm;
}

/** The alarm's description: CloudWatch passes it on to the topic. */
function alarmDescription(
  { name, severity, summary, command }: AlarmEntry,
  { databaseName = 'NAME', runbookUrl }: About,
): string {
  const typed = `npx --no -- rds-target ${command.replace('NAME', databaseName)}`;
  return `Severity: ${severity}. ${summary} Run: ${typed} Runbook: ${sectionOf(name, runbookUrl)}`;
}

type Manifest = {
  readonly name?: string;
  readonly repository?: string | { readonly url?: string; readonly directory?: string };
};

const runbook = 'docs/runbook.md';

/** Where a section of the runbook is: at the address that is given, in the repository that package.json names, or in the package. */
export function sectionOf(anchor: string, runbookUrl = addressIn(ourManifest())): string {
  return runbookUrl
    ? `${runbookUrl}#${anchor}`
    : `${runbook}#${anchor}, a file in the checkout and in the package of rds-target-reconciler`;
}

/** The page in a repository whose host shows files by branch; undefined where package.json names none. */
export function addressIn({ repository }: Manifest): string | undefined {
  const { url = '', directory } = typeof repository === 'string' ? { url: repository } : (repository ?? {});
  const [, host = '', path = ''] =
    /^(?:git\+)?(?:https|ssh|git):\/\/(?:[^@/]+@)?([^/:]+)\/(.+?)(?:\.git)?\/?$/.exec(url) ??
    /^[^@/]+@([^/:]+):(.+?)(?:\.git)?$/.exec(url) ??
    (/^(?:github:)?[\w.-]+\/[\w.-]+$/.test(url) ? ['', 'github.com', url.replace('github:', '')] : []);
  if (host === '') return undefined;
  const files = /gitlab/.test(host) ? '-/blob' : 'blob';
  return ['https:/', host, path, files, 'HEAD', ...(directory ? [directory] : []), runbook].join('/');
}

/** The modules run from the repository, and compiled, from dist/package in the package. */
function ourManifest(): Manifest {
  for (const up of [2, 3, 4].map((levels) => '../'.repeat(levels))) {
    const file = join(import.meta.dirname, up, 'package.json');
    const manifest: Manifest = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    if (manifest.name === 'rds-target-reconciler') return manifest;
  }
  return {};
}
