import { sectionOf } from './runbook-address.ts';

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

/** Every alarm, and how urgent it is: the only place that says so. docs/runbook.md has a section for each. */
export const alarmCatalogue = {
  driftFound: {
    name: 'drift-found',
    severity: 'Low',
    command: 'events NAME --since 1h',
    summary:
      'A scheduled check found the target group different from the database, and corrected it unless another alarm rings. Look ' +
      'whether an RDS event was missed or somebody changed the group.',
  },
  driftPersisting: {
    name: 'drift-persisting',
    severity: 'High',
    command: 'plan NAME',
    summary:
      'The target group has stayed different from the database although each check tries to correct it. Look at the last report: ' +
      'it says what is waited for or was refused.',
  },
  held: {
    name: 'held',
    severity: 'High',
    command: 'doctor NAME',
    summary: 'The reconciler does not know where the database is, so it changes nothing. Go by the reason of the hold.',
  },
  noSuccess: {
    name: 'no-success',
    severity: 'High',
    command: 'doctor NAME',
    summary:
      'No run has ended with the target group in sync. If the drift function does not run at all, check its schedule and its throttles.',
  },
  functionErrors: {
    name: 'function-errors',
    severity: 'Medium',
    command: 'events NAME --since 1h',
    summary:
      'Runs of the functions fail again and again. Read the last ERROR line in their logs: its code has a section in the runbook.',
  },
  deadLetters: {
    name: 'dead-letters',
    severity: 'Medium',
    command: 'status NAME',
    summary:
      'An event could not be delivered or every attempt to handle it failed. Check that the group is in sync, find the cause, then ' +
      'purge the queue: the messages need no replay.',
  },
  noHealthyTarget: {
    name: 'no-healthy-target',
    severity: 'High',
    command: 'status NAME',
    summary:
      'The load balancer sees no healthy database: consumers cannot connect, or reach a target that fails its checks. Check the ' +
      'database, then the security groups, then the targets.',
  },
} as const satisfies Readonly<Record<string, AlarmEntry>>;

export type AlarmId = keyof typeof alarmCatalogue;

export const alarmIds = Object.keys(alarmCatalogue) as readonly AlarmId[];

/** The alarms of other constructs than `ReconcilerAlarms`. */
export const otherAlarms = {
  acceptanceErrors: {
    name: 'acceptance-errors',
    severity: 'Medium',
    command: 'connections NAME',
    summary:
      'Connection requests of consumers could not be read or accepted, and wait. Accept them by hand with the command, and read the log ' +
      'of the acceptance function.',
  },
  gatewayQuiet: {
    name: 'gateway-quiet',
    severity: 'Medium',
    command: 'connect-check HOST PORT',
    summary:
      'No connection came through the resource gateway. Check that the consumer still wants to connect, then that its endpoint is ' +
      'available and the database admits the security group of the gateway. The command runs where the clients run.',
  },
} as const satisfies Readonly<Record<string, AlarmEntry>>;

/** Until the morning. */
export const canWait = ({ severity }: AlarmEntry): boolean => severity !== 'High';

/** What stands in the alarm's description: CloudWatch passes it on to the topic. */
export function alarmDescription(
  { name, severity, summary, command }: AlarmEntry,
  { databaseName = 'NAME', runbookUrl }: { readonly databaseName?: string; readonly runbookUrl?: string },
): string {
  const typed = `npx --no -- rds-target ${command.replace('NAME', databaseName)}`;
  return `Severity: ${severity}. ${summary} Run: ${typed} Runbook: ${sectionOf(name, runbookUrl)}`;
}
