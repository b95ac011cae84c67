import { AwsError } from '../wire/aws-error.ts';

const unknown = (pattern: string) =>
  new AwsError(
    'InvalidParameterException',
    `Invalid filter pattern (or one that this sandbox does not know): ${pattern}`,
  );

/**
 * The part of CloudWatch Logs' filter patterns that we use: nothing, terms any of which must appear (`?"a" ?"b"`), terms that must all
 * appear (`"a" "b"`), and JSON fields that equal a text, any of which must match (`{ ($.a.b = "x") || ($.c = "*") }`).
 */
export function matcher(pattern: string): (message: string) => boolean {
  const text = pattern.trim();
  if (text === '') return () => true;
  return text.startsWith('{') ? jsonMatcher(text) : termMatcher(text);
}

function termMatcher(pattern: string): (message: string) => boolean {
  const terms = [...pattern.matchAll(/(\??)"([^"]+)"(?:\s+|$)/g)];
  if (terms.map(([whole]) => whole).join('') !== pattern) throw unknown(pattern);
  const isAny = terms.every(([, mark]) => mark === '?');
  if (!isAny && terms.some(([, mark]) => mark === '?')) throw unknown(pattern);
  const has = (message: string) => (term: RegExpMatchArray) => message.includes(term[2] ?? '');
  return (message) => (isAny ? terms.some(has(message)) : terms.every(has(message)));
}

function jsonMatcher(pattern: string): (message: string) => boolean {
  const inner = /^\{(.*)\}$/s.exec(pattern)?.[1];
  if (inner === undefined) throw unknown(pattern);
  const terms = inner.split('||').map((term) => {
    const [, path, wanted] = /^\s*\(?\s*\$\.([\w.]+)\s*=\s*"([^"]*)"\s*\)?\s*$/.exec(term) ?? [];
    if (path === undefined || wanted === undefined) throw unknown(pattern);
    return { path: path.split('.'), wanted: new RegExp(`^${wanted.split('*').map(literal).join('.*')}$`, 's') };
  });
  return (message) => {
    const line = parsed(message);
    return terms.some(({ path, wanted }) => {
      const value = path.reduce<unknown>((found, key) => (found as Record<string, unknown> | undefined)?.[key], line);
      return typeof value === 'string' && wanted.test(value);
    });
  };
}

const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function parsed(message: string): unknown {
  try {
    return JSON.parse(message) ?? undefined;
  } catch {
    return undefined;
  }
}
