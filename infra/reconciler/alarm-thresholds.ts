import type { Duration } from 'aws-cdk-lib';

/** When alarms ring. */
export interface AlarmThresholds {
  /**
   * How long drift has to last for `driftPersisting`; whole minutes.
   *
   * @default - five schedule periods: 5 minutes
   */
  readonly driftPersistsFor?: Duration;
  /**
   * How long every run has to hold for `held`; whole minutes.
   *
   * @default - three schedule periods: 3 minutes
   */
  readonly heldFor?: Duration;
  /**
   * How long no run may succeed for `noSuccess`; whole minutes.
   *
   * @default - five schedule periods: 5 minutes
   */
  readonly noSuccessFor?: Duration;
  /**
   * In how many of the last five schedule periods (minutes) a run has to fail for `functionErrors`; 1 to 5.
   *
   * @default 3
   */
  readonly errorMinutes?: number;
  /**
   * How long no target may be healthy for `noHealthyTarget`; whole minutes.
   *
   * @default Duration.minutes(3)
   */
  readonly noHealthyTargetFor?: Duration;
  /**
   * How long two targets may be healthy for `twoHealthyTargets`, which exists with a warm standby; whole minutes. In a failover both are for
   * about a minute: the former writer until its health checks have failed.
   *
   * @default Duration.minutes(3)
   */
  readonly twoHealthyTargetsFor?: Duration;
}
