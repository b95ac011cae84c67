/* The one sanitiser: what others said (an API, a server, a file, an event) before it is shown, written or thrown. */

/**
 * Controls, format characters (bidirectional, zero-width), half characters, what is unassigned, every line break and blank but ' ', and
 * marks beyond the fourth on a letter: words stack fewer, and a pile of them covers the lines above and below.
 */
const hidden = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}|(?<=\p{M}{4})\p{M}/gu;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const unit = (one: string): string => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** The text on one line, with what shows nothing and does something as JSON would escape it: JSON stays the same JSON. */
export const visible = (text: string): string =>
  text.replace(hidden, (one) => short[one] ?? one.split('').map(unit).join(''));

/** For `JSON.stringify`: every text as `visible` has it. */
export const visibleValue = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? visible(value) : value;

/** A value of JSON with every text made visible. */
export const allVisible = <T>(value: T): T => JSON.parse(JSON.stringify(value, visibleValue)) as T;
