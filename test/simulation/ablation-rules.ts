/** A rule of the core, and what the file says without it. */
export type Rule = { readonly name: string; readonly file: string; readonly from: string; readonly to: string };

const gate = 'lib/decision/gate.ts';
const writer = 'lib/decision/writer.ts';
const desired = 'lib/decision/desired.ts';
const gather = 'lib/run/gather.ts';
const observations = 'lib/observations/observations.ts';

export const rules: readonly Rule[] = [
  {
    name: 'a check confirms a difference (6 s)',
    file: gate,
    from: "(mode === 'check' ? confirmationMs(timings) : 0)",
    to: '0',
  },
  {
    name: 'a reversal is slow (10 s)',
    file: gate,
    from: 'const registerAt = returns || isUndone ? reversal : first;',
    to: 'const registerAt = first;',
  },
  {
    name: 'what undoes a new registration is slow, where sources disagree',
    file: gate,
    from: 'returns || isUndone ? reversal',
    to: 'returns ? reversal',
  },
  {
    name: 'a contested reversal takes 60 s',
    file: gate,
    from: 'isContested ? contestedMs(timings) : reversalMs(timings)',
    to: 'reversalMs(timings)',
  },
  {
    name: 'the clock of a reversal starts at the latest change of the group',
    file: gate,
    from: 'Math.max(since, observations.groupMovedAt ?? observations.startedAt) + slowMs',
    to: 'since + slowMs',
  },
  {
    name: 'a new target stays for 10 s',
    file: gate,
    from: 'Math.max(reversal, lastNewAt + gracePeriodMs(timings))',
    to: 'registerAt',
  },
  {
    name: 'a lone removal needs 10 s of the same answer',
    file: gate,
    from: 'deregister).length > 0 ? 0 : since + gracePeriodMs(timings)',
    to: 'deregister).length > 0 ? 0 : since + 1',
  },
  {
    name: 'a run that an event woke removes beside its own registration alone',
    file: gate,
    from: "trigger.kind === 'schedule' || trigger.kind === 'manual'",
    to: 'trigger !== undefined',
  },
  {
    name: 'such a removal comes within 7.5 s of the read',
    file: gate,
    from: 'ownRegistration.readAt + (3 * gracePeriodMs(request.timings)) / 4 - now',
    to: 'ownRegistration.readAt + 60 * gracePeriodMs(request.timings) - now',
  },
  {
    name: 'lone removals keep to slots of the clock',
    file: gate,
    from: 'return Math.max(from, slotFrom(request, allowed));',
    to: 'return from + 0 * allowed;',
  },
  {
    name: 'an event that names the writer breaks the tie',
    file: writer,
    from: 'input.named === reported.id.toLowerCase() && !dnsMoved',
    to: 'input.named === undefined && dnsMoved',
  },
  {
    name: 'DNS that moved in this run speaks for itself',
    file: writer,
    from: 'input.named === reported.id.toLowerCase() && !dnsMoved',
    to: 'input.named === reported.id.toLowerCase() && dnsMoved !== undefined',
  },
  {
    name: 'a member that DNS names for 10 s is the writer',
    file: writer,
    from: 'if (owner && at - since >= stabilityMs(input.timings)) {',
    to: 'if (owner && at < since) {',
  },
  {
    name: 'and only after 10 s',
    file: writer,
    from: 'if (owner && at - since >= stabilityMs(input.timings)) {',
    to: 'if (owner && at >= since) {',
  },
  {
    name: 'without the API, DNS alone changes nothing of a cluster',
    file: writer,
    from: "database.kind === 'cluster' ? { withoutApi: why } : {}",
    to: "database.kind === 'cluster' ? {} : {}",
  },
  {
    name: "the API's last word is kept while it is silent",
    file: gather,
    from: "observation.kind === 'unavailable' && request.database.role === 'writer'",
    to: "observation.kind === 'seen' && request.database.role === 'writer'",
  },
  {
    name: 'but not about readers',
    file: gather,
    from: "observation.kind === 'unavailable' && request.database.role === 'writer'",
    to: "observation.kind === 'unavailable'",
  },
  {
    name: 'no change of readers or ports by a stale topology',
    file: gather,
    from: 'now - (topology?.at ?? now) >= timings.settleMs / 6',
    to: 'now < 0',
  },
  {
    name: 'a move of DNS makes a run ask the API again',
    file: gather,
    from: "isMoved && !isAsked && request.database.kind === 'cluster'",
    to: "isMoved && isAsked && request.database.kind === 'hostname'",
  },
  {
    name: 'an API that hangs is given up after 2 s in a watch',
    file: gather,
    from: "request.mode === 'watch' && hasAlternative",
    to: "request.mode === 'dry-run' && hasAlternative",
  },
  {
    name: 'a reader that DNS calls the writer is not registered',
    file: desired,
    from: '(ip) => !writerIps.includes(ip)',
    to: '() => true',
  },
  {
    name: 'a writer that DNS disputes is tolerated among the readers',
    file: desired,
    from: '{ ...desired, tolerated: tolerated.targets }',
    to: 'desired',
  },
  {
    name: 'the last target leaves only when the group shows its replacement',
    file: 'lib/run/apply.ts',
    from: 'if (!isReplaced(state, deregister)) {',
    to: 'if (state === undefined) {',
  },
  {
    name: 'a target that came back between two reads has moved the group',
    file: observations,
    from: '!live.has(key) || (initial.has(key) && !observations.initial.has(key))',
    to: '!live.has(key)',
  },
  {
    name: 'a name drops an address only after five absences over 24 s',
    file: observations,
    from: 'answers: 5, windowMs: ({ settleMs }: Timings): number => (settleMs * 4) / 5',
    to: 'answers: 1, windowMs: ({ settleMs }: Timings): number => settleMs / 1000',
  },
  {
    name: 'and a healthy one only when chance is ruled out',
    file: 'lib/observations/partial-answers.ts',
    from: 'return isSame || isProven(known, atOnce, independentAfter(last));',
    to: 'return isAbsent;',
  },
  {
    name: 'whose an address is, EC2 is asked',
    file: 'lib/decision/verified.ts',
    from: "if (owner?.kind === 'other') {",
    to: 'if (owner === null) {',
  },
  {
    name: 'a run ends only with a read of the group that is younger than its change',
    file: 'lib/run/watch.ts',
    from: "observed.at >= isEnough ? 'end' : everything(0)",
    to: "observed.at >= isEnough || observed.at > 0 ? 'end' : everything(0)",
  },
];
