/** The exit codes of `rds-target`. Each command's help and docs/command.md list them, too. */
export const exitCodes = {
  /** In sync, and a target is healthy; or the command did its work. */
  inSync: 0,
  /** Something failed: AWS, the network, the function. */
  fault: 1,
  /** The command line or the configuration file is wrong; AWS was not called. */
  usage: 2,
  /** The group differs from the desired targets, or these are unknown, or no target is healthy; doctor: a check failed; events: none did its work; drill: refused. */
  drift: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeHelp = `Exit codes:
  0  in sync, and a target is healthy (doctor: no check failed)
  1  a fault: AWS, the network or the function failed
  2  the command line or the configuration file is wrong
  3  drift, waiting, held, or no healthy target (doctor: a check failed;
     events: none did its work; drill: refused)`;
