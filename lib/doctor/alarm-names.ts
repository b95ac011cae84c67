/** The alarms that our CDK makes for every database, after a common prefix; a test holds all of them equal to its catalogue. */
export const alarmNames = [
  'drift-found',
  'drift-persisting',
  'held',
  'no-success',
  'function-errors',
  'dead-letters',
  'no-healthy-target',
] as const;

/** And those that only a database with a warm standby has. */
export const standbyAlarmNames = ['two-healthy-targets'] as const;
