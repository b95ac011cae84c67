import { createLambdaPlace } from '../../lib/adapters/instruments.ts';
import { type Check, isLive, type RegisteredTarget, type Report, type Target, targetKey } from '../../lib/domain.ts';
import { newState, type RunState } from '../../lib/observations/run-state.ts';
import { configOf } from '../access/local.ts';
import type { Session } from '../access/session.ts';
import { linesOf } from '../terminal/errors.ts';
import { type Io, withProgress } from '../terminal/io.ts';
import { createLocalDiagnose, functionArnOf } from './local.ts';
import { merged } from './merge.ts';

const source = 'read with your credentials';

/** Not checked for want of a permission or of a route to an API. */
const isUnread = ({ result, detail }: Check): boolean =>
  result === 'not-checked' && /\bgrant [a-z0-9]+:[A-Z]|gave no answer|extended checks could not run/.test(detail);

/** Reads with the operator's credentials what the functions' role may not read, and marks those checks. */
export async function filledIn(io: Io, session: Session, report: Report): Promise<readonly Check[]> {
  const { checks = [] } = report;
  if (!checks.some(isUnread)) return checks;
  try {
    return await withProgress(io, `doctor: reading with your credentials what the functions may not`, () =>
      fill(io, session, report, checks),
    );
  } catch (error) {
    const why = linesOf(error)[0];
    return checks.map((check) =>
      isUnread(check) ? { ...check, detail: `${check.detail}; nor your credentials: ${why}` } : check,
    );
  }
}

async function fill(io: Io, session: Session, report: Report, checks: readonly Check[]): Promise<readonly Check[]> {
  const { selection, clients } = session;
  const config = await configOf(io, session);
  const state = stateOf(report);
  const diagnose = createLocalDiagnose(session, config);
  const arnOf = (name: string) => functionArnOf(name, config.targetGroupArn);
  const [place, ...told] = await Promise.all([
    createLambdaPlace(clients.lambda()).place(arnOf(selection.functionName)),
    ...selection.functions.map(async (by) => ({
      by,
      checks: await diagnose(state, [], { functionArn: arnOf(by), signal: undefined }),
    })),
  ]);
  const own = new Map(merged(told).map((check) => [check.check, check]));
  const known = new Set(checks.map(({ check }) => check));
  const kind = place.kind === 'read' ? place.value.kind : undefined;
  return [
    ...checks.map((check) => (isUnread(check) ? filled(check, own.get(check.check), kind) : check)),
    // A function without doctor.mjs reports none of these.
    ...[...own.values()].filter(({ check }) => !known.has(check)).map(signed),
  ];
}

const signed = (check: Check): Check =>
  check.result === 'not-checked' ? check : { ...check, detail: `${check.detail} (${source})` };

function filled(check: Check, own: Check | undefined, place: 'vpc' | 'outside' | undefined): Check {
  switch (check.check) {
    case 'apis-reached-privately':
      // The function has reported the hosts that it reached, but not where it runs, and so not whether that is right.
      if (place === 'outside') return verdict(check, own, 'ok', `the functions run outside any VPC (${source})`);
      return place ? verdict(check, own, 'failed', `the functions run in a VPC (${source}); ${check.detail}`) : check;
    case 'writer-accepts-connections':
      return place === 'outside'
        ? {
            ...check,
            detail: `the functions run outside any VPC (${source}): run connect-check on the consumer's side`,
          }
        : check;
    case 'permissions-suffice':
      return own?.result === 'ok'
        ? verdict(check, own, 'ok', `no call of the work was denied; the rest was ${source}`)
        : { ...check, detail: `${check.detail}; your credentials: ${own?.detail}` };
    default:
      if (!own) return check;
      return own.result === 'not-checked'
        ? {
            ...check,
            detail: own.detail === check.detail ? check.detail : `${check.detail}; your credentials: ${own.detail}`,
          }
        : signed(own);
  }
}

const verdict = (check: Check, own: Check | undefined, result: Check['result'], detail: string): Check => {
  const { remedy: _, failure: __, ...rest } = check;
  return { ...rest, ...(result === 'failed' ? own : {}), check: check.check, result, detail };
};

/** The group and its desired targets as the report gives them, for checks that read nothing else. */
function stateOf({ targets, plan, stale }: Report): RunState {
  const observed = targets?.map(({ target, state }): RegisteredTarget => ({ ...targetOf(target), state }));
  const state = { ...newState(0), ...(observed ? { observed: { readAt: 0, at: 0, targets: observed } } : {}) };
  if (!observed || !plan || plan.kind === 'hold') return state;
  const unwanted = new Set([...plan.deregister, ...stale]);
  const wanted = [
    ...observed.filter((target) => isLive(target) && !unwanted.has(targetKey(target))),
    ...plan.register.map(targetOf),
  ].map(({ ip, port }) => ({ ip, port }));
  return wanted.length === 0
    ? state
    : { ...state, desired: { kind: 'targets', targets: wanted, evidence: { complete: true, since: 0 } } };
}

function targetOf(key: string): Target {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|(.+)):(\d+)$/.exec(key) ?? [];
  return { ip: bracketed ?? plain ?? key, port: Number(port) };
}
