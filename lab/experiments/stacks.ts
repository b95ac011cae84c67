import { type Lab, type LabStacks, pause, until } from '../lab.ts';
import type { Experiment } from './experiment.ts';
import { groupOf, interfacesOf, liveIn } from './scratch.ts';
import { whileWriting } from './writes.ts';

/** What a proof has found, for people. */
type Facts = Readonly<Record<string, string>>;

type Proof = {
  readonly title: string;
  readonly question: string;
  readonly method: string;
  readonly decides: string;
  prove(lab: Lab, stacks: LabStacks, signal: AbortSignal): Promise<Facts>;
};

const proofs: readonly Proof[] = [
  {
    title: 'a mistyped database',
    question: 'does the deployment of a database that does not exist fail with a message that says so, and go away?',
    method: 'a stack that follows INSTANCE-mistyped: cdk deploy, then cdk destroy',
    decides: 'whether a first deployment may fail at the registration',
    prove: (lab, stacks, signal) =>
      refused(lab, stacks, 'mistyped', /the database could not be registered: .*-mistyped/, signal),
  },
  {
    title: 'a zone short',
    question: 'is a load balancer without a subnet in the zone of the writer refused, and does its stack go away?',
    method: "the same with the lab's instance, without the subnet in the zone of its writer",
    decides: 'whether the deployment has to wait for a healthy target',
    async prove(lab, stacks, signal) {
      const zone = await writersZone(lab, signal);
      const promised = /no target became healthy: .*has no subnet in/;
      return { zone, ...(await refused(lab, stacks, `without-${zone}`, promised, signal)) };
    },
  },
  {
    title: '--revert-drift',
    question: 'do the targets that the functions have registered stay when a deployment reverts drift?',
    method:
      'cdk deploy --revert-drift of the services; DescribeTargetHealth of each group every 5 s; a write every second',
    decides: 'whether doctor and connections may advise --revert-drift',
    prove: revertDrift,
  },
  {
    title: 'destroy with consumers',
    question: 'does AWS refuse to delete endpoint services with connections, before a consumer loses anything?',
    method: 'cdk destroy of the services alone, while a client writes on every way each second',
    decides: 'whether cdk destroy is safe while consumers are connected, as docs/deploy.md says',
    prove: destroyConnected,
  },
];

const listed = (part: 'question' | 'method' | 'decides'): string =>
  proofs.map((proof, index) => `${index + 1}. ${proof[part]}`).join(' ');

export const stacks: Experiment = {
  name: 'stacks',
  title: 'Stacks that fail, and stacks in use',
  question: listed('question'),
  method: listed('method'),
  decides: listed('decides'),
  on: 'all',
  runs: proofs.length,
  figures: {},
  async run(lab, run, _lane, signal) {
    const proof = proofs[run];
    if (!proof) throw new Error(`there is no proof ${run}`);
    const found = lab.stacks ? await proof.prove(lab, lab.stacks, signal) : { result: 'only on AWS' };
    return { ms: {}, facts: { proof: `${run + 1}. ${proof.title}`, ...found } };
  },
};

/** A deployment that has to fail with this reason, and its removal. */
async function refused(
  lab: Lab,
  stacks: LabStacks,
  proof: string,
  promised: RegExp,
  signal: AbortSignal,
): Promise<Facts> {
  // A killed run has left its stack.
  const earlier = await removed(lab, stacks, 'proof', signal);
  if (!earlier.isGone) throw new Error(`the stack of an earlier proof cannot be deleted: ${earlier.text}`);
  const deploying = timer(lab);
  const problem = await stacks.deployProof(proof, signal).catch((error: Error) => error.message);
  const status = await settled(lab, stacks, 'proof', signal);
  if (status === 'gone' || status === 'REVIEW_IN_PROGRESS') throw new Error(`nothing was deployed: ${problem}`);
  const deployment = `${status} after ${deploying()}`;
  const failures = await stacks.failures('proof');
  const removal = await removed(lab, stacks, 'proof', signal);
  const isRefused = status !== 'CREATE_COMPLETE';
  const wrong = [
    !isRefused && 'NOT refused',
    isRefused && status !== 'ROLLBACK_COMPLETE' && 'NOT rolled back',
    isRefused &&
      !failures.some(({ reason }) => promised.test(reason)) &&
      'NOT for the reason that docs/deploy.md promises',
    !removal.isGone && 'NOT removed',
  ];
  return {
    result: wrong.filter(Boolean).join(', ') || 'refused, rolled back and removed, as docs/deploy.md says',
    // The first one is the cause of the others, unless the rollback fails for reasons of its own.
    deployment: told(deployment, status === 'ROLLBACK_COMPLETE' ? failures.slice(0, 1) : failures),
    removal: removal.text,
  };
}

async function revertDrift(lab: Lab, stacks: LabStacks, signal: AbortSignal): Promise<Facts> {
  const groups = await stacks.targetGroups();
  const { result, writes } = await whileWriting(lab, signal, true, async (during) => {
    const before = await liveTargets(lab, groups);
    if (before.size === 0) throw new Error('no group of the services has a target');
    const missing = new Set<string>();
    const look = async () => {
      const now = await liveTargets(lab, groups);
      for (const one of before) if (!now.has(one)) missing.add(one);
      return now;
    };
    const deploying = timer(lab);
    let isDeployed = false;
    const watch = async () => {
      for (; !isDeployed; await pause(lab, everyMs, during)) await look();
    };
    const deploy = stacks.revertDrift(during).then(() => {
      isDeployed = true;
    });
    await Promise.all([deploy, watch()]);
    const deployment = `ended after ${deploying()}`;
    const now = await look();
    const gone = [...missing].map((one) => `${one} (${now.has(one) ? 'back' : 'still missing'} at the end)`);
    const result = gone.length === 0 ? `all ${before.size} targets stayed` : `targets were removed: ${gone.join('; ')}`;
    return { result, deployment };
  });
  return { ...result, writes: writes.text };
}

/** The last thing that happens to the services: what follows can only delete them. */
async function destroyConnected(lab: Lab, stacks: LabStacks, signal: AbortSignal): Promise<Facts> {
  // A killed run has asked for it: whether consumers are still served is then part of the answer.
  const isFirst = !(await stacks.status('services'))?.startsWith('DELETE_');
  const { result, writes } = await whileWriting(lab, signal, isFirst, (during) =>
    removed(lab, stacks, 'services', during),
  );
  const refusal = writes.failed === 0 ? 'and no write failed, as docs/deploy.md says' : 'but writes FAILED';
  return {
    result: result.isGone ? 'NOT refused: the stack is gone' : `refused, ${refusal}`,
    deletion: result.text,
    writes: isFirst ? writes.text : `since the lab was resumed, ${writes.text}`,
  };
}

type Part = 'proof' | 'services';
const everyMs = 5000;

/** Lambda keeps the interfaces of its functions, and so their subnets' stack, for up to 40 minutes. AWS ms. */
const longestMs = 3_600_000;

/** How what CloudFormation does with a stack ends. */
function settled(lab: Lab, stacks: LabStacks, part: Part, signal: AbortSignal): Promise<string> {
  const ask = async () => {
    const status = (await stacks.status(part)) ?? 'gone';
    return /(?<!REVIEW)_IN_PROGRESS$/.test(status) ? undefined : status;
  };
  return until(lab, `that the stack ${part} settles`, ask, signal, everyMs, longestMs);
}

/** Deletes a stack, where there is one. */
async function removed(
  lab: Lab,
  stacks: LabStacks,
  part: Part,
  signal: AbortSignal,
): Promise<{ readonly isGone: boolean; readonly text: string }> {
  const removing = timer(lab);
  const isThere = (await stacks.status(part)) !== undefined;
  const problem = isThere ? await stacks.destroy(part, signal).catch((error: Error) => error.message) : undefined;
  const end = await settled(lab, stacks, part, signal);
  const text = `${end} after ${removing()}`;
  if (end === 'gone') return { isGone: true, text };
  if (end !== 'DELETE_FAILED') throw new Error(`the stack ${part} was not deleted: ${problem}`);
  const failures = await stacks.failures(part);
  const refusals = failures.filter(({ status }) => status === 'DELETE_FAILED');
  return { isGone: false, text: told(text, refusals) };
}

type Failures = Awaited<ReturnType<LabStacks['failures']>>;

/** An end, and why. A deletion that was asked for again fails again for the same reasons. */
function told(end: string, failures: Failures): string {
  const reasons = new Set(failures.map(({ resource, status, reason }) => `${resource} ${status}: ${reason}`));
  return [end, ...(reasons.size > 0 ? [[...reasons].join('; ')] : [])].join(': ');
}

async function writersZone(lab: Lab, signal: AbortSignal): Promise<string> {
  const database = lab.database('instance');
  const target = { ...database.endpoint, name: 'direct', kind: 'postgres' as const, isInside: true };
  const { attempts } = await lab.client('instance', { targets: [target], seconds: 3, everyMs: 1000 }, signal);
  const server = attempts.findLast(({ outcome }) => outcome === 'ok')?.server;
  const found = (await interfacesOf(lab, 'instance', database)).find(({ address }) => address === server);
  if (!found) throw new Error(`the zone of the writer is unknown: ${server ?? 'no writer'} answered`);
  return found.zone;
}

/** `GROUP ADDRESS` of each target that gets connections or will. */
async function liveTargets(lab: Lab, groups: readonly string[]): Promise<Set<string>> {
  const nameOf = (group: string) => group.split('/')[1];
  const all = await Promise.all(
    groups.map(async (group) => (await liveIn(groupOf(lab, group))).map(({ ip }) => `${nameOf(group)} ${ip}`)),
  );
  return new Set(all.flat());
}

function timer({ speed }: Lab): () => string {
  const from = Date.now();
  return () => `${Math.round(((Date.now() - from) * speed) / 1000)} s`;
}
