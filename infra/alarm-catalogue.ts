/** `High`: somebody has to act now. `Medium`: within the day. `Low`: worth knowing. */
export type Severity = 'High' | 'Medium' | 'Low';

export type AlarmEntry = {
  /** The last part of the alarm's name, and the anchor of its section in docs/runbook.md. */
  readonly name: string;
  readonly severity: Severity;
  /** What happened, and what to do first. */
  readonly summary: string;
};

/** Every alarm, and how urgent it is: the only place that says so. docs/runbook.md has a section for each. */
export const alarmCatalogue = {
  driftFound: {
    name: 'drift-found',
    severity: 'Low',
    summary:
      'A scheduled check found the target group different from the database, and corrected it unless another alarm rings. Look ' +
      'whether an RDS event was missed or somebody changed the group.',
  },
  driftPersisting: {
    name: 'drift-persisting',
    severity: 'High',
    summary:
      'The target group has stayed different from the database although each check tries to correct it. Look at the last report: ' +
      'it says what is waited for or was refused.',
  },
  held: {
    name: 'held',
    severity: 'High',
    summary:
      'The reconciler does not know where the database is, so it changes nothing. Invoke a function with {"action":"doctor"} and go ' +
      'by the reason of the hold.',
  },
  noSuccess: {
    name: 'no-success',
    severity: 'High',
    summary:
      'No run has ended with the target group in sync. Invoke the drift function with {"action":"doctor"}; if it does not run at all, ' +
      'check the schedule rule and the throttles of the function.',
  },
  functionErrors: {
    name: 'function-errors',
    severity: 'Medium',
    summary:
      'Runs of the functions fail again and again. Read the last ERROR line in their logs: its code has a section in the runbook.',
  },
  deadLetters: {
    name: 'dead-letters',
    severity: 'Medium',
    summary:
      'An event could not be delivered or every attempt to handle it failed. Check that the group is in sync, find the cause, then ' +
      'purge the queue: the messages need no replay.',
  },
  noHealthyTarget: {
    name: 'no-healthy-target',
    severity: 'High',
    summary:
      'The load balancer sees no healthy database: consumers cannot connect, or reach a target that fails its checks. Check the ' +
      'database, then the security groups, then the targets.',
  },
} as const satisfies Readonly<Record<string, AlarmEntry>>;

export type AlarmId = keyof typeof alarmCatalogue;

export const alarmIds = Object.keys(alarmCatalogue) as readonly AlarmId[];

/** What stands in the alarm's description: CloudWatch passes it on to whoever is told. */
export function alarmDescription(id: AlarmId, runbookUrl: string): string {
  const { name, severity, summary } = alarmCatalogue[id];
  return `Severity: ${severity}. ${summary} Runbook: ${runbookUrl}#${name}`;
}
