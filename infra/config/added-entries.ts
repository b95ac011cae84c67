import { createScanner, findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';

/*
 * Adds entries to the text of a configuration file and leaves every other character as it is. jsonc-parser finds the places; its own
 * insertion would stand before a comment on the last entry, which would then seem to be about the new one.
 */

/**
 * The text with these entries at the end of its list.
 * @param text of a file that can be read: a list, or an object with the list
 */
export function withEntries(text: string, list: string, entries: readonly object[]): string {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  const array = tree?.type === 'array' ? tree : tree && findNodeAtLocation(tree, [list]);
  if (array?.type !== 'array') throw new Error(`the text has no list of ${list}`);
  return inserted(text, array, entries);
}

function inserted(text: string, array: Node, entries: readonly object[]): string {
  const last = array.children?.at(-1);
  const style = styleOf(text, array, last);
  const { eol, indent, closing } = style;
  const end = array.offset + array.length - 1;
  const lineStart = text.lastIndexOf('\n', end - 1) + 1;
  const isOwnLine = lineStart > array.offset && isFirstInLine(text, end);
  const at = isOwnLine ? lineStart : end;
  const afterLast = last ? last.offset + last.length : at;
  const hasComma = last !== undefined && isComma(text, afterLast);
  const added =
    entries.map((entry) => indent + formatted(entry, indent, style)).join(`,${eol}`) + (hasComma ? ',' : '');
  return [
    text.slice(0, afterLast),
    last && !hasComma ? ',' : '',
    text.slice(afterLast, at),
    isOwnLine ? `${added}${eol}` : `${eol}${added}${eol}${closing}`,
    text.slice(at),
  ].join('');
}

/** Whether the next thing that is no comment is a comma. */
function isComma(text: string, offset: number): boolean {
  const scanner = createScanner(text, true);
  scanner.setPosition(offset);
  scanner.scan();
  return text[scanner.getTokenOffset()] === ',';
}

type Style = { readonly eol: string; readonly unit: string; readonly indent: string; readonly closing: string };

/** As the file is written: line ends, and what a level is indented by. */
function styleOf(text: string, array: Node, last: Node | undefined): Style {
  const unit = /^[ \t]+(?=[{["])/m.exec(text)?.[0] ?? '  ';
  const closing = indentAt(text, array.offset);
  const own = last && isFirstInLine(text, last.offset) ? indentAt(text, last.offset) : undefined;
  return { eol: text.includes('\r\n') ? '\r\n' : '\n', unit, indent: own ?? closing + unit, closing };
}

const lineUpTo = (text: string, offset: number): string => text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
const indentAt = (text: string, offset: number): string => /^[ \t]*/.exec(lineUpTo(text, offset))?.[0] ?? '';
const isFirstInLine = (text: string, offset: number): boolean => lineUpTo(text, offset).trim() === '';

const widest = 100;

/** JSON as the examples are written: what fits stays in one line, but an entry always takes several. */
function formatted(
  value: unknown,
  indent: string,
  style: Pick<Style, 'eol' | 'unit'>,
  used = Number.POSITIVE_INFINITY,
): string {
  const line = inLine(value);
  if (typeof value !== 'object' || value === null || indent.length + used + line.length <= widest) return line;
  const inner = indent + style.unit;
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const items = Array.isArray(value)
    ? value.map((item) => inner + formatted(item, inner, style, 0))
    : Object.entries(value).map(([key, item]) => `${inner}"${key}": ${formatted(item, inner, style, key.length + 4)}`);
  return [open, items.join(`,${style.eol}`), indent + close].join(style.eol);
}

function inLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}: ${inLine(item)}`)
    .join(', ')} }`;
}
