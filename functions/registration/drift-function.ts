export type Invoke = (
  functionName: string,
  payload: string,
) => Promise<{ readonly FunctionError?: string; readonly Payload?: Uint8Array }>;

/** What the registration asks of the drift function. Each call tells what is wrong, or undefined. */
export type DriftFunction = {
  resync(): Promise<string | undefined>;
  /** @param isOurs whether the group's load balancer is in the same stack; a group of others may have none, and then no target gets healthy */
  unhealthy(isOurs: boolean, attempt: number): Promise<string | undefined>;
};

type Report = {
  readonly database?: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly detail?: string;
  readonly errorMessage?: string;
  readonly stale?: readonly string[];
  readonly targets?: readonly { readonly target: string; readonly state: string; readonly reason?: string }[];
  /** What is wrong with it, unless it is a good one. */
  readonly problem?: string;
};

/** What is likeliest wrong with a target that stays in this state. */
const causes: Readonly<Record<string, string>> = {
  unhealthy:
    'Likeliest: the security group of the database does not admit the load balancer on this port (endpointService.databaseSecurityGroupId), or the database does not listen there',
  unused:
    'Likeliest: the load balancer has no subnet in the Availability Zone of this target; add one to vpc.subnets (or no listener forwards to the group)',
  initial: 'AWS is still registering it: deploy again',
};

const causeOf = ({ state, reason = 'Target.NotInUse' }: NonNullable<Report['targets']>[number]): string | undefined =>
  state === 'unused' && reason !== 'Target.NotInUse' ? undefined : causes[state];

const goodOutcomes = ['in-sync', 'changed', 'waiting', 'observed'];

/** For so many attempts, a minute, a load balancer may be on its way. */
const attemptsWithoutUse = 6;

/** Anything else has none of its fields. */
function reportIn(text: string): Report {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

export function createDriftFunction(invoke: Invoke, name: string, tell: (text: string) => void): DriftFunction {
  const ask = async (action: 'resync' | 'status'): Promise<Report> => {
    try {
      const { Payload, FunctionError } = await invoke(name, JSON.stringify({ action }));
      const text = Buffer.from(Payload ?? []).toString();
      const report = reportIn(text);
      const { database, outcome = '', reason, detail, errorMessage } = report;
      if (!FunctionError && goodOutcomes.includes(outcome)) return report;
      const told = FunctionError ? [errorMessage] : [database, outcome, reason, detail];
      return {
        ...report,
        problem: told.filter(Boolean).join(': ') || `the drift function answered ${text || 'nothing'}`,
      };
    } catch (error) {
      return { problem: String(error) };
    }
  };
  /** What `resync` said of the group, such as a zone without a subnet of the load balancer: `status` does not read it. */
  let noted: string | undefined;
  return {
    async resync() {
      const { problem, detail } = await ask('resync');
      noted = detail;
      // The group is right, and something about it is not: a probe that cannot log in, for example.
      if (!problem && detail) tell(detail);
      return problem;
    },
    async unhealthy(isOurs, attempt) {
      const { problem, outcome, detail, targets = [], stale = [] } = await ask('status');
      const wanted = targets.filter(({ target, state }) => state !== 'draining' && !stale.includes(target));
      const [first] = wanted;
      if (wanted.some(({ state }) => state === 'healthy')) return undefined;
      if (!first) return problem ?? 'the group is empty';
      const seen = `${first.target} is ${first.state}${first.reason ? `, ${first.reason}` : ''}`;
      if (first.state === 'unused' && outcome !== 'waiting' && !isOurs && attempt > attemptsWithoutUse) {
        tell(`not awaited: ${seen}`);
        return undefined;
      }
      return [...new Set([seen, causeOf(first), noted, detail])].filter(Boolean).join('. ');
    },
  };
}
