/** How `rds-target` ends, for scripts. Each command's help and docs/command.md say the same. */
export const exitCodes = {
  /** In sync, and a target is healthy; or the command did what it is for. */
  inSync: 0,
  /** Something failed: AWS, the network, the function. */
  fault: 1,
  /** The command line or the configuration file is wrong; nothing was asked. */
  usage: 2,
  /** The group differs from what is desired, or that is not known, or no target is healthy; doctor: a check failed; events: they did not do their work; drill: refused. */
  drift: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeHelp = `Exit codes:
  0  in sync, and a target is healthy (doctor: no check failed)
  1  a fault: AWS, the network or the function failed
  2  the command line or the configuration file is wrong
  3  drift or held, or no healthy target (doctor: a check failed; events: they
     did not do their work; drill: refused)`;
