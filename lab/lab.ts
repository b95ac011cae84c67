import { setTimeout as wait } from 'node:timers/promises';
import type { Clients } from '../cli/access/clients.ts';
import type { ClientAttempt, ClientReply, ClientRequest, LabDatabase, LabOutputs } from './contract.ts';
import type { RecordedReply } from './fixtures.ts';

/** What an experiment works on. */
export type Ground = 'scratch' | 'instance' | 'cluster';

/** A lab that is deployed: everything that an experiment sees. */
export type Lab = {
  readonly outputs: LabOutputs;
  /** How much faster than AWS; 1 on AWS. */
  readonly speed: number;
  clients(ground: Ground): Clients;
  database(ground: Ground): LabDatabase;
  /** The ground whose database carries the scratch load balancer's targets: experiments on both run one after another. */
  readonly scratchOn: Ground;
  client(ground: Ground, request: LabRequest, signal: AbortSignal): Promise<ClientReply>;
  /** What the account cannot do here; empty on AWS. */
  readonly lacks: ReadonlySet<'class change'>;
  /** Absent where there is no CloudFormation. */
  readonly stacks?: LabStacks;
  /** Raw events of `aws.rds` since the lab began. */
  events(): Promise<readonly unknown[]>;
  /** What the APIs have answered so far. */
  readonly replies: readonly RecordedReply[];
  close(): Promise<void>;
};

/** The stacks that experiments are about. */
export type LabPart = 'databases' | 'services' | 'consumer' | 'proof';

/** The stacks of the lab, as CloudFormation has them. */
export type LabStacks = {
  /** Creates the stack `proof` with this mistake in it (infra/lab/names.ts). Rejects when the deployment fails. */
  deployProof(proof: string, signal: AbortSignal): Promise<void>;
  /** `cdk deploy --revert-drift` of the services. Rejects when it fails. */
  revertDrift(signal: AbortSignal): Promise<void>;
  /** Undefined: there is no such stack. */
  status(part: LabPart): Promise<string | undefined>;
  /** What failed at its resources, the first one first. */
  failures(
    part: LabPart,
  ): Promise<readonly { readonly resource: string; readonly status: string; readonly reason: string }[]>;
  /** The ARNs of the services' target groups. */
  targetGroups(): Promise<readonly string[]>;
  /** `cdk destroy` of this stack alone, also after one that failed. Rejects when it fails. */
  destroy(part: 'services' | 'proof', signal: AbortSignal): Promise<void>;
};

/** What the client tries; `isInside`: from the VPC of the databases, and not from the consumer's. */
export type LabRequest = Omit<ClientRequest, 'targets'> & {
  readonly targets: readonly (ClientRequest['targets'][number] & { readonly isInside?: boolean })[];
};

/** What one lab is deployed with, the same again after a process that was killed. */
export type LabSettings = Readonly<Record<string, string>>;

/** How the lab comes into being and goes. Each may be called again after a process that was killed in it. */
export type Deployment = {
  /** What is wrong with the account, each with what to do; empty: go ahead. Changes nothing. */
  problems(signal: AbortSignal): Promise<readonly string[]>;
  /** Decided once, before anything is created, with what it will create and what that costs. */
  plan(maxHours: number): Promise<{ readonly settings: LabSettings; readonly lines: readonly string[] }>;
  deploy(settings: LabSettings, signal: AbortSignal): Promise<LabOutputs>;
  open(outputs: LabOutputs, settings: LabSettings): Promise<Lab>;
  destroy(settings: LabSettings): Promise<void>;
  /** What is still there. `isPatient`: waits for what AWS still lists though it has been deleted. */
  left(settings: LabSettings, isPatient: boolean): Promise<readonly string[]>;
};

export type Attempts = {
  /** Of finished calls alone; until `knownUntil`, all of them. */
  readonly all: readonly ClientAttempt[];
  readonly knownUntil: number;
};

/** AWS seconds of one call of the client. */
const windowSeconds = 15;

/** Works with the attempts of a client that tries the targets again and again meanwhile. */
export async function withClient<T>(
  lab: Lab,
  ground: Ground,
  { targets, everyMs }: Omit<LabRequest, 'seconds'>,
  signal: AbortSignal,
  work: (attempts: Attempts, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const all: ClientAttempt[] = [];
  let knownUntil = Date.now();
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const trying = (async () => {
    while (!until.aborted) {
      const { attempts } = await lab.client(ground, { targets, everyMs, seconds: windowSeconds }, until);
      all.push(...attempts);
      knownUntil = Date.now();
    }
  })().catch((error: unknown) => {
    if (until.aborted) return;
    stop.abort(error);
  });
  const attempts = {
    all,
    get knownUntil() {
      return knownUntil;
    },
  };
  try {
    return await work(attempts, until);
  } finally {
    stop.abort();
    await trying;
  }
}

/**
 * Asks until there is an answer. Times are AWS's.
 * @throws Error when there is none before the deadline, or at the signal
 */
export async function until<T>(
  lab: Pick<Lab, 'speed'>,
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  signal: AbortSignal,
  everyMs = 2000,
  deadlineMs = 900_000,
): Promise<T> {
  for (const deadline = Date.now() + deadlineMs / lab.speed; ; ) {
    signal.throwIfAborted();
    // Before the last answer: a machine that slept through the deadline asks once more.
    const isLate = Date.now() > deadline;
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (isLate) throw new Error(`${what} did not happen within ${deadlineMs / 60_000} minutes`);
    await pause(lab, everyMs, signal);
  }
}

/** AWS ms. Rejects at the signal. */
export const pause = ({ speed }: Pick<Lab, 'speed'>, ms: number, signal: AbortSignal): Promise<void> =>
  wait(ms / speed, undefined, { signal });
