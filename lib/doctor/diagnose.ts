import type { Check } from '../domain.ts';
import type { RunState } from '../observations/run-state.ts';
import type { Config } from '../settings/config.ts';
import type { basicCatalogue } from './basic-catalogue.ts';
import { type CheckName, catalogue } from './catalogue.ts';
import { engineChecks } from './engine-checks.ts';
import { groupChecks } from './group-checks.ts';
import { loadBalancerChecks } from './load-balancer-checks.ts';
import { permissionChecks } from './permission-checks.ts';
import { reachChecks } from './reach-checks.ts';
import { standbyChecks } from './standby-checks.ts';
import type { Instruments, Surroundings } from './surroundings.ts';
import { survey } from './survey.ts';
import type { Verdict } from './verdict.ts';
import { wakingChecks } from './waking-checks.ts';

type Asked = {
  readonly config: Config;
  readonly state: RunState;
  readonly basic: readonly Check[];
  readonly functionArn: string | undefined;
};

/** Every check, with what it means and what to do. `basic`: what the run has already told. */
export async function diagnose(instruments: Instruments, asked: Asked): Promise<readonly Check[]> {
  const { config, state, basic, functionArn } = asked;
  const seen = await survey(instruments, config, state, functionArn);
  const extendedChecks = Object.entries(verdictsOf(config, state, seen)).map(([check, verdict]) => ({
    check,
    ...verdict,
  }));
  return [...basic, ...extendedChecks].map(explained);
}

function verdictsOf(config: Config, state: RunState, seen: Surroundings): Record<string, Verdict> {
  return {
    ...reachChecks(config, state, seen),
    ...groupChecks(config, state, seen),
    ...loadBalancerChecks(state, seen),
    ...(config.policy.warmStandby ? standbyChecks(state, seen) : {}),
    ...engineChecks(seen),
    ...wakingChecks(seen, config.policy),
    ...permissionChecks(state, seen),
  } satisfies Record<Exclude<CheckName, BasicName | OptionalName>, Verdict>;
}

/** Of what is off nothing is told. */
type OptionalName = 'warm-standby';

/** Those that need no instrument, and what the command tells, which asks both functions. */
type BasicName = keyof typeof basicCatalogue | 'functions-answer';

export function explained(check: Check): Check {
  const { meaning, failure, remedy } = catalogue[check.check as CheckName];
  return { ...check, meaning, ...(check.result === 'failed' ? { failure, remedy } : {}) };
}
