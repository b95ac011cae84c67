import { contradictionOf, groupFault, prefixFault } from '../contradictions.ts';
import { takesConnections, unserved } from '../decision/served.ts';
import { type Check, isLive, type Plan, type RegisteredTarget, targetKey } from '../domain.ts';
import { topologyOf } from '../observations/observations.ts';
import { membersIn } from '../observations/probe-members.ts';
import type { RunRequest, RunState } from '../observations/run-state.ts';
import { standbyKeys } from '../observations/standby.ts';
import type { DnsAnswer } from '../ports.ts';
import { longUnshownOf, remarksOn, remarksOnGroup, unshownMessage, wordMessage } from '../remarks.ts';

/** The checks that one run can tell. */
export function checksOf(request: RunRequest, state: RunState): Check[] {
  return [
    topologyCheck(request, state),
    ...dnsChecks(state),
    ...probeCheck(request, state),
    desiredCheck(state),
    configurationCheck(request, state),
    ...groupChecks(state),
    ...shownCheck(request, state),
    correctsCheck(request),
  ];
}

const check = (name: string, isOk: boolean, detail: string): Check => ({
  check: name,
  result: isOk ? 'ok' : 'failed',
  detail,
});
const notChecked = (name: string, detail: string): Check => ({ check: name, result: 'not-checked', detail });

function topologyCheck({ database }: RunRequest, { topology }: RunState): Check {
  const name = 'rds-api-answers';
  switch (topology?.observation.kind) {
    case undefined:
      return notChecked(name, `${database.kind} needs no RDS API`);
    case 'seen': {
      const { instances } = topology.observation.topology;
      return check(name, true, instances.map(({ id, role, status }) => `${id} (${role}, ${status})`).join(', '));
    }
    case 'not-found':
      return check(name, false, topology.observation.message);
    case 'unavailable':
      return check(name, false, topology.observation.error.message);
  }
}

function dnsChecks({ lookups }: RunState): Check[] {
  const answers = [...(lookups?.answers ?? [])];
  if (answers.length === 0) return [notChecked('name-resolves', 'no name was known')];
  const said = (answer: DnsAnswer) => {
    if (answer.kind === 'addresses') return answer.addresses.join(', ');
    if (answer.kind === 'too-many') return `${answer.count} addresses in one answer`;
    return answer.kind === 'failed' ? answer.code : answer.kind;
  };
  return answers.map(([name, answer]) =>
    check('name-resolves', answer.kind === 'addresses', `${name}: ${said(answer)}`),
  );
}

/** A member that does not say its role is a login that fails, or one that hangs; a group goes on without it. */
function probeCheck(request: RunRequest, state: RunState): Check[] {
  const name = 'probe';
  const { heard } = state.observations;
  // PROBE is off.
  if (!heard) return [];
  const silent = membersIn(request, state).filter((member) => !heard.words.has(targetKey(member)));
  const words = [...heard.words.values(), ...silent.map((member) => ({ member, ...noAnswer }))];
  const unasked = (topologyOf(state.topology?.observation)?.instances ?? [])
    .filter(({ endpoint }) => endpoint && words.every(({ member }) => member.host !== endpoint.host))
    .map(({ id }) => `${id} unknown (not asked: its name leads to no allowed address)`);
  const said = [...words.map(wordMessage), ...unasked];
  if (said.length === 0) return [notChecked(name, 'no member and its address is known')];
  const writers = words.filter(({ said }) => said === 'writer');
  // A standby does not listen before its promotion.
  const standby = standbyKeys(state.desired);
  const isOk =
    writers.length === 1 &&
    unasked.length === 0 &&
    words.every(({ said, member }) => said !== 'unknown' || standby.includes(targetKey(member)));
  return [check(name, isOk, said.join(', '))];
}

const noAnswer = { said: 'unknown', why: 'no answer yet' } as const;

function correctsCheck({ policy, pausedUntil }: RunRequest): Check {
  const name = 'corrects-differences';
  if (pausedUntil !== undefined) return check(name, false, `paused until ${pausedUntil}`);
  return check(name, !policy.observeOnly, policy.observeOnly ? 'OBSERVE_ONLY is true' : 'they do');
}

function desiredCheck({ desired }: RunState): Check {
  const name = 'desired-state-known';
  if (!desired) return notChecked(name, 'the sources were not read');
  if (desired.kind === 'hold') return check(name, false, `${desired.reason}: ${desired.message}`);
  return check(name, true, desired.targets.map(targetKey).join(', '));
}

/** What the configuration says beside what the APIs say. */
function configurationCheck({ database }: RunRequest, { topology, group }: RunState): Check {
  const name = 'configuration-matches';
  const seen = topology?.observation.kind === 'seen' ? topology.observation.topology : undefined;
  if (!seen && !group) return notChecked(name, 'neither the database nor the target group could be described');
  const problems = [
    seen && contradictionOf(database, seen)?.message,
    seen && prefixFault(database, seen),
    group && groupFault(group, database.kind),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) return check(name, false, problems.join('; '));
  const remarks = [...(seen ? remarksOn(database, seen) : []), ...(group ? remarksOnGroup(group, seen?.home) : [])];
  return check(name, true, remarks.join('; ') || 'the database and the target group are what the configuration says');
}

function groupChecks({ observed, plan, fault }: RunState): Check[] {
  if (!observed)
    return [
      fault
        ? check('target-group-answers', false, fault.message)
        : notChecked('target-group-answers', 'it was not read'),
    ];
  const live = observed.targets.filter(isLive);
  const cutOff = unserved(observed.targets);
  const shown = observed.targets.map((one) => shownTarget(one, cutOff.includes(one))).join(', ') || 'no targets';
  return [
    check('target-group-answers', true, shown),
    check('target-healthy', live.some(takesConnections), shown),
    plan && plan.kind !== 'hold'
      ? check('in-sync', plan.kind === 'in-sync', shownPlan(plan))
      : notChecked('in-sync', 'the desired state is not known'),
  ];
}

/** Only of a name: every other target that is not wanted is removed at once. */
function shownCheck({ database }: RunRequest, state: RunState): Check[] {
  const name = 'targets-shown';
  if (database.kind !== 'hostname') return [];
  const { unshown } = state;
  const longUnshown = longUnshownOf(state);
  if (!unshown) return [notChecked(name, 'the name or the target group was not read')];
  if (longUnshown.length > 0) return [check(name, false, unshownMessage(database, longUnshown))];
  if (unshown.length === 0) return [check(name, true, 'the name has shown each healthy target within the last hour')];
  const open = unshown.map(({ target, forMs }) => `${targetKey(target)} (for ${Math.floor(forMs / 60_000)} min)`);
  return [
    notChecked(
      name,
      `not shown since this execution environment began to watch the name, which has to be an hour: ${open.join(', ')}`,
    ),
  ];
}

function shownPlan(plan: Exclude<Plan, { kind: 'hold' }>): string {
  if (plan.kind === 'in-sync') return plan.kind;
  if (plan.kind === 'waiting') return `waiting: ${plan.for}`;
  const steps = (['register', 'deregister'] as const).filter((step) => plan[step].length > 0);
  return `to do: ${steps.map((step) => `${step} ${plan[step].map(targetKey).join(', ')}`).join('; ')}`;
}

function shownTarget(target: RegisteredTarget, isCutOff: boolean): string {
  const { state, unservedZone, override } = target;
  const why = [
    isCutOff && `no load balancer subnet in ${unservedZone ?? 'its zone'}`,
    override && (takesConnections(target) ? override : `${override}: no new connections`),
  ].filter(Boolean);
  return `${targetKey(target)} ${state}${why.length > 0 ? ` (${why.join(', ')})` : ''}`;
}
