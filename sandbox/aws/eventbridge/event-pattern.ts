import type { EventPattern } from '../../../infra/reconciler/event-pattern.ts';

/*
 * EventBridge's rules for the operators that our patterns use: a field matches when it, or one item of it, equals one of the listed strings
 * or fits an operator; of the patterns in `$or`, two or more, one has to match.
 */

type Matcher = (value: unknown) => boolean;

/** @throws Error where EventBridge would refuse the pattern, or the sandbox does not know an operator of it */
export function matcherOf(pattern: EventPattern): Matcher {
  const fields = Object.entries(pattern).map(([name, wanted]) =>
    name === '$or' ? anyOf(wanted) : field(name, wanted),
  );
  return (value) => fields.every((matches) => matches(value));
}

function anyOf(patterns: unknown): Matcher {
  if (!Array.isArray(patterns) || patterns.length < 2) throw new Error('$or is no list of two patterns or more');
  const alternatives = (patterns as EventPattern[]).map(matcherOf);
  return (value) => alternatives.some((matches) => matches(value));
}

function field(name: string, wanted: unknown): Matcher {
  if (name.startsWith('$')) throw new Error(`${name} is no operator that the sandbox knows`);
  const matches = Array.isArray(wanted) ? oneOf(name, wanted) : matcherOf(wanted as EventPattern);
  return (value) => matches((value as Readonly<Record<string, unknown>> | undefined)?.[name]);
}

function oneOf(name: string, wanted: readonly (string | EventPattern)[]): Matcher {
  if (wanted.length === 0) throw new Error(`${name} has an empty list, which EventBridge refuses`);
  const fits = wanted.map(fitOf);
  return (value) => [value].flat().some((item) => typeof item === 'string' && fits.some((one) => one(item)));
}

function fitOf(wanted: string | EventPattern): (text: string) => boolean {
  if (typeof wanted === 'string') return (text) => text === wanted;
  const [[operator, argument] = []] = Object.entries(wanted);
  if (typeof argument === 'string') {
    if (operator === 'prefix') return (text) => text.startsWith(argument);
    if (operator === 'suffix') return (text) => text.endsWith(argument);
    if (operator === 'wildcard') return wildcard(argument);
  }
  throw new Error(`${JSON.stringify(wanted)} is no operator that the sandbox knows`);
}

function wildcard(pattern: string): (text: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const whole = new RegExp(`^${parts.join('.*')}$`, 's');
  return (text) => whole.test(text);
}
