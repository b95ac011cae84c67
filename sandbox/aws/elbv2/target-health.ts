import type { TargetState } from '../../../lib/domain.ts';
import type { SandboxClock } from '../../world/clock.ts';
import type { Delays } from '../../world/load-balancer-delays.ts';
import type { HealthCheck } from '../../world/types.ts';

/** What the state of a target depends on, beside its probes. */
export type Surroundings = {
  readonly clock: SandboxClock;
  readonly healthCheck: HealthCheck;
  readonly delays: Delays;
  attribute(key: string): string;
  /** Whether a load balancer uses the group and serves this zone. */
  served(zone: string): boolean;
  changed(health: TargetHealth, from: TargetState | undefined, to: TargetState | undefined): void;
};

/** One registered target through its life: unused, or initial → healthy ⇄ unhealthy, then draining, then gone. */
export type TargetHealth = {
  readonly ip: string;
  readonly port: number;
  readonly availabilityZone: string;
  state(): TargetState;
  /** ELBv2's code; undefined when healthy. */
  reason(): string | undefined;
  /** Registered, or registered again. */
  begin(): void;
  /** The zones of the load balancers have changed. */
  reconsider(): void;
  /** Deregistered. */
  drain(): void;
  probed(succeeded: boolean): void;
  close(): void;
};

type Place = { readonly ip: string; readonly port: number; readonly availabilityZone: string };

// Only with connection termination off is there an interval in which an unhealthy target keeps its connections.
function drainingIntervalSeconds(attribute: Surroundings['attribute']): number {
  if (attribute('target_health_state.unhealthy.connection_termination.enabled') === 'true') return 0;
  return Number(attribute('target_health_state.unhealthy.draining_interval_seconds'));
}

export function createTargetHealth(place: Place, around: Surroundings): TargetHealth {
  const { clock, healthCheck, attribute } = around;
  let state: TargetState | undefined;
  let reason: string | undefined;
  /** Consecutive successes, or failures below zero. */
  let streak = 0;
  let cancel = () => {};

  const move = (to: TargetState | undefined, why?: string) => {
    const from = state;
    cancel();
    state = to;
    reason = why;
    if (from !== to) around.changed(health, from, to);
  };
  const later = (seconds: number, task: () => void) => {
    cancel = clock.after(seconds * 1000, task);
  };

  const fail = () => {
    const seconds = state === 'healthy' ? drainingIntervalSeconds(attribute) : 0;
    if (seconds === 0) return move('unhealthy', 'Target.FailedHealthChecks');
    move('unhealthy.draining', 'Target.FailedHealthChecks');
    later(seconds, () => move('unhealthy', 'Target.FailedHealthChecks'));
  };

  const health: TargetHealth = {
    ...place,
    state: () => state ?? 'unused',
    reason: () => reason,
    begin() {
      streak = 0;
      if (!around.served(place.availabilityZone)) return move('unused', 'Target.NotInUse');
      move('initial', 'Elb.RegistrationInProgress');
      cancel = clock.after(around.delays.draw('firstCheck'), () => {
        reason = 'Elb.InitialHealthChecking';
      });
    },
    reconsider() {
      const isServed = around.served(place.availabilityZone);
      if (state === 'unused' && isServed) health.begin();
      else if (state !== 'unused' && state !== 'draining' && !isServed) move('unused', 'Target.NotInUse');
    },
    drain() {
      // An unused target has no connections to wait for.
      const seconds = state === 'unused' ? 0 : Number(attribute('deregistration_delay.timeout_seconds'));
      if (seconds === 0) return move(undefined);
      move('draining', 'Target.DeregistrationInProgress');
      later(seconds, () => move(undefined));
    },
    probed(succeeded) {
      if (state === 'draining' || state === 'unused' || reason === 'Elb.RegistrationInProgress') return;
      streak = succeeded ? Math.max(streak, 0) + 1 : Math.min(streak, 0) - 1;
      if (streak >= healthCheck.healthyThreshold && state !== 'healthy') move('healthy');
      if (-streak >= healthCheck.unhealthyThreshold && (state === 'healthy' || state === 'initial')) fail();
    },
    close: () => cancel(),
  };
  return health;
}
