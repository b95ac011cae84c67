import { nearest } from '../../lib/nearest.ts';

/* Suggestions for values that are close to right. Only a value that the field accepts is suggested. */

type IsAllowed = (value: unknown) => boolean;

/** `; did you mean …?`, or nothing. */
export function didYouMean(input: unknown, isAllowed: IsAllowed, first: readonly unknown[] = []): string {
  if (input === null) return '; null is no value: leave out what is not needed';
  const found = [...first, ...candidates(input)].find((candidate) => candidate !== input && isAllowed(candidate));
  return found === undefined ? '' : question(found);
}

/** The nearest of a few words, or the word that the input contains: `oracle-se2`, `DBCluster`. */
export const didYouMeanWord = (input: unknown, words: readonly string[]): string => {
  const typed = typeof input === 'string' ? input.trim().toLowerCase() : '';
  const inside = words.filter((word) => typed.includes(word)).sort((a, b) => b.length - a.length);
  const word = nearest(typed, words) ?? inside[0];
  return word === undefined ? didYouMean(input, () => false) : question(word);
};

/** One value where a list is wanted, or a list written as one text. */
export function didYouMeanList(input: unknown, isAllowed: IsAllowed): string {
  if (typeof input !== 'string' && typeof input !== 'number') return didYouMean(input, () => false);
  const values = String(input)
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map((value) => [value, ...candidates(value)].find(isAllowed));
  return values.length === 0 || values.includes(undefined) ? '' : question(values);
}

const question = (value: unknown) => `; did you mean ${JSON.stringify(value)}?`;

function candidates(input: unknown): unknown[] {
  if (typeof input === 'number') return [String(input), String(input).padStart(12, '0'), ...flags(String(input))];
  if (Array.isArray(input)) return input.length === 1 ? [input[0], ...candidates(input[0])] : [];
  if (typeof input !== 'string') return [];
  const text = input.replace(/[\u200b\u200e\u200f\u00a0\ufeff]/g, ' ').replace(/^[\s'"“”‘’`]+|[\s'"“”‘’`,;]+$/g, '');
  return [...numbers(text), ...flags(text), ...texts(text), ...texts(text.toLowerCase())];
}

const numbers = (text: string) => (/^\d+(\/tcp)?$/.test(text) ? [Number.parseInt(text, 10)] : []);

function flags(text: string): boolean[] {
  if (/^(true|yes|on|1)$/i.test(text)) return [true];
  return /^(false|no|off|0)$/i.test(text) ? [false] : [];
}

function texts(text: string): string[] {
  const arn = text.startsWith('arn:') ? text.split(':') : [];
  const [, scheme, host = ''] = /^((?:jdbc:)?[a-z][a-z0-9+.-]*:\/\/)?(?:[^@/]*@)?([^/?#]+)/i.exec(text) ?? [];
  const name = host.replace(/:\d+$/, '');
  return [
    text,
    // The ARN of an assumed role's session, of an account without `:root`, of a subscription.
    ...(arn[2] === 'sts' ? [`arn:${arn[1]}:iam::${arn[4]}:${arn[5]?.replace(/^assumed-(role\/[^/]+).*$/, '$1')}`] : []),
    ...(arn.length === 5 ? [`${text}:root`] : []),
    ...(arn.length > 6 ? [arn.slice(0, 6).join(':')] : []),
    // No account in place of an organisation, a group or a wildcard: it would let in more than was meant, or another account.
    /^(organization|ou|group)\/|\*/.test(arn[5] ?? '') ? '' : (arn[4] ?? ''),
    arn.length > 0 ? (text.split(/[:/]/).at(-1) ?? '') : '',
    text.replaceAll(/\s+/g, '-'),
    text.replace(/\*+$/, ''),
    text.replaceAll(/^[-*]+|[-*]+$/g, ''),
    // As the console shows it: `sg-0123 (default)`, `vpc-0123 | main`.
    text.split(/[\s|(]/)[0] ?? '',
    text.replaceAll(/\s/g, ''),
    ...(/^[\d\s.-]+$/.test(text) ? [text.replaceAll(/\D/g, '')] : []),
    ...(scheme || name !== text ? [name] : []),
    name.replace(/\.$/, ''),
    name.includes('.') ? (name.split('.')[0] ?? '') : '',
    text.replaceAll(/[\s_.]+/g, '-'),
    // A zone where its Region is wanted.
    text.replace(/^(.+\d)[a-z]$/, '$1'),
  ];
}
