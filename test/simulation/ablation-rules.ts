/** A rule of the core, and what the file says without it. */
export type Rule = { readonly name: string; readonly file: string; readonly from: string; readonly to: string };

const gate = 'lib/decision/gate.ts';
const writer = 'lib/decision/writer.ts';
const desired = 'lib/decision/desired.ts';
const gather = 'lib/run/gather.ts';
const observations = 'lib/observations/observations.ts';
const standby = 'lib/observations/standby.ts';
const heard = 'lib/observations/probe.ts';
const probe = 'lib/decision/probe.ts';
const listen = 'lib/run/listen.ts';

export const rules: readonly Rule[] = [
  {
    name: 'a check confirms a difference (6 s)',
    file: gate,
    from: "(mode === 'check' && confirmedAt === undefined ? confirmationMs(timings) : 0)",
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
    from: 'Math.max(since, observations.groupMovedAt ?? 0) + slowMs',
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
    name: 'a call of an API that hangs times out after 2 s in a watch',
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
    from: 'tolerating(input, desired, reported.filter(isDisputed))',
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
  {
    name: 'probe: a writer is confirmed by two words',
    file: heard,
    from: 'at - since >= apartMs(timings) - 1',
    to: 'at >= since',
  },
  {
    name: 'probe: and by the words of one alone',
    file: heard,
    from: 'if (more.length > 0) return',
    to: 'if (more.length > 9) return',
  },
  {
    name: 'probe: a word beside another writer is no first word',
    file: heard,
    from: '(severalSince === undefined ? Math.max(at, heard.completeAt ?? at) : now)',
    to: 'at',
  },
  {
    name: 'probe: a word counts for two seconds',
    file: heard,
    from: 'now - at < wordMs(timings);',
    to: 'at <= now;',
  },
  {
    name: 'probe: a word is kept until it is too old',
    file: heard,
    from: 'now - at < 2 * wordMs(timings)',
    to: 'at < 0',
  },
  {
    name: "probe: an open port is a writer's for an instance alone",
    file: heard,
    from: "return database.kind === 'instance' && database.role === 'writer' ? 'writer' : 'unknown';",
    to: "return database.kind !== undefined ? 'writer' : 'unknown';",
  },
  {
    name: 'probe: two writers hold for ten seconds',
    file: probe,
    from: 'at - (heard.severalSince ?? at) < stabilityMs(timings)',
    to: 'at < (heard.severalSince ?? at)',
  },
  {
    name: 'probe: and for ten seconds only',
    file: probe,
    from: 'at - (heard.severalSince ?? at) < stabilityMs(timings)',
    to: 'at >= (heard.severalSince ?? at)',
  },
  {
    name: 'probe: a choice that says reader stays out',
    file: probe,
    from: "saidAt(heard, chosen, now, timings) !== 'reader'",
    to: "saidAt(heard, chosen, now, timings) !== 'reader' || now > 0",
  },
  {
    name: 'probe: the first words are waited for',
    file: probe,
    from: 'if (!isHeard && now < begunAt + timings.recheckMs)',
    to: 'if (!isHeard && now < begunAt)',
  },
  {
    name: 'probe: the second word is waited for',
    file: probe,
    from: 'if (other && sole && targetKey(other.member) !== key)',
    to: 'if (other && sole && other === undefined)',
  },
  {
    name: 'probe: a silent former writer leaves after two seconds',
    file: probe,
    from: '? 0 : confirmedAt + wordMs(timings)',
    to: '? 0 : confirmedAt',
  },
  {
    name: 'probe: the probe chooses among what the API lists',
    file: probe,
    from: 'const member = membersOf(input).find((listed) => targetKey(listed) === key);',
    to: 'const member = membersOf(input).find((listed) => targetKey(listed) === key) ?? confirmed?.member;',
  },
  {
    name: 'probe: a reader group drops what says writer',
    file: desired,
    from: '!writerIps.includes(ip) && !saysWriter(input, ip));',
    to: '!writerIps.includes(ip));',
  },
  {
    name: 'probe: a confirmation spares the second lookup of a check',
    file: gate,
    from: "mode === 'check' && confirmedAt === undefined",
    to: "mode === 'check'",
  },
  {
    name: 'probe: a confirmation spares the wait of a reversal',
    file: gate,
    from: 'confirmedAt !== undefined ? 0 : isContested',
    to: 'isContested',
  },
  {
    name: 'probe: one of some members is no proof',
    file: 'lib/observations/probe-members.ts',
    from: 'if (!endpoints.every(({ host }) => lookups.answers.has(host))) return [];',
    to: 'if (endpoints.length === 0) return [];',
  },
  {
    name: 'probe: a member whose address is not known leaves all in doubt',
    file: heard,
    from: '!isPartial && isFresh(sole, now, timings)',
    to: 'isFresh(sole, now, timings)',
  },
  {
    name: 'probe: what one of some says is no first word',
    file: heard,
    from: 'if (heard.isPartial) return heard;',
    to: 'if (heard.isPartial === null) return heard;',
  },
  {
    name: 'probe: a name that does not resolve leads where it did',
    file: listen,
    from: 'return [...now, ...members.filter(isSilent)];',
    to: 'return [...now, ...members.filter(() => isSilent === undefined)];',
  },
  {
    name: 'probe: a check asks where the group is in doubt',
    file: listen,
    from: "return mode === 'check' && (plan?.kind === 'change' || isDoubtful);",
    to: "return mode === 'dry-run' && (plan?.kind === 'change' || isDoubtful);",
  },
  {
    name: 'probe: a member that hangs is not asked again',
    file: listen,
    from: 'if (!pending.has(targetKey(member))) void ask(member);',
    to: 'if (!pending.has("")) void ask(member);',
  },
  {
    name: "what is not the database's leaves at once",
    file: 'lib/decision/decide.ts',
    from: 'const final = evicting(allowed, foreign);',
    to: 'const final = allowed;',
  },
  {
    name: 'but not without another target that is',
    file: standby,
    from: '!isKnown || !live.some(({ ip }) => own.has(ip))',
    to: '!isKnown',
  },
  {
    name: 'and not by an answer of EC2 that is older than 5 s',
    file: gather,
    from: '(marked !== undefined && now - marked.at >= timings.settleMs / 6)',
    to: 'false',
  },
  {
    name: 'a standby is proven by its zone',
    file: standby,
    from: 'found.join() === wanted.join()',
    to: 'found.length === wanted.length',
  },
  {
    name: 'and only where no more than two interfaces carry the marker',
    file: standby,
    from: 'if (all.length !== 2)',
    to: 'if (all.length < 2)',
  },
  {
    name: 'what EC2 does not tell changes nothing',
    file: 'lib/decision/standby.ts',
    from: 'tolerated: others.filter((one) => !out.has(targetKey(one))), standby: found',
    to: 'standby: found',
  },
  {
    name: 'nothing leaves beside the registration of a standby',
    file: 'lib/observations/group.ts',
    from: 'keys.filter((key) => !standbyKeys(state.desired).includes(key))',
    to: 'keys',
  },
  {
    name: 'a standby is no replacement',
    file: 'lib/run/apply.ts',
    from: '? [] : standbyKeys(desired)',
    to: '? [] : []',
  },
  {
    name: 'a standby that seems healthy twice is one',
    file: standby,
    from: '(settleMs * 23) / 6',
    to: '(settleMs * 11) / 6',
  },
];
