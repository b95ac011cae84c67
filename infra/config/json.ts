import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import type { Path, Problem } from './problems.ts';

/* JSON with what editors accept: comments, trailing commas and a byte order mark. */

export type Place = { readonly line: number; readonly column: number };

export type Content = {
  readonly value: unknown;
  /** Keys that stand twice in one object: JSON parsers silently take the last. */
  readonly repeated: readonly Problem[];
  /** Where the value stands; for a missing value, the object that lacks it. */
  readonly placeOf: (path: Path) => Place;
};

/** The first syntax error: those that follow seldom are mistakes of their own. */
export class NotJson extends Error {}

/** @throws NotJson with line, column and what is expected there */
export function contentOf(text: string): Content {
  const json = text.replace(/^\uFEFF/, '');
  try {
    return read(json);
  } catch (error) {
    if (error instanceof RangeError) throw new NotJson('it is nested too deep to be read');
    throw error;
  }
}

function read(json: string): Content {
  const errors: ParseError[] = [];
  const tree = parseTree(json, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error || !tree) throw new NotJson(errorText(json, error));
  return {
    value: getNodeValue(tree),
    repeated: repeatedKeys(tree, [], json),
    placeOf: (path) => placeIn(json, nodeAt(tree, path).offset),
  };
}

function placeIn(text: string, offset: number): Place {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/** The value at the path, with its key if it has one; or the nearest value around it. */
function nodeAt(tree: Node, path: Path): Node {
  const node = findNodeAtLocation(
    tree,
    path.map((part) => (typeof part === 'number' ? part : String(part))),
  );
  if (!node) return path.length === 0 ? tree : nodeAt(tree, path.slice(0, -1));
  return node.parent?.type === 'property' ? node.parent : node;
}

function repeatedKeys(node: Node, path: Path, json: string): Problem[] {
  const children = node.children ?? [];
  if (node.type === 'array') return children.flatMap((child, index) => repeatedKeys(child, [...path, index], json));
  if (node.type !== 'object') return [];
  const seen = new Map<string, Node>();
  return children.flatMap((property) => {
    const [key, value] = property.children ?? [];
    const name = String(key?.value);
    const first = seen.get(name);
    seen.set(name, first ?? property);
    const inside = value ? repeatedKeys(value, [...path, name], json) : [];
    if (!first) return inside;
    const [one, two] = [first, property].map(({ offset }) => placeIn(json, offset).line);
    const lines = one === two ? `twice in line ${one}` : `in lines ${one} and ${two}`;
    return [
      {
        path: [...path, name],
        input: value && getNodeValue(value),
        allowed: `the key once; it stands ${lines}`,
      },
      ...inside,
    ];
  });
}

function errorText(json: string, error?: ParseError): string {
  if (json.trim() === '') return 'it is empty; allowed: a list of entries, or an object with the list';
  const { line, column } = placeIn(json, error?.offset ?? 0);
  const found = json.slice(error?.offset ?? 0).split(/[\r\n]/)[0] ?? '';
  const shown = found.trim() === '' ? 'the end of the line' : JSON.stringify(found.slice(0, 24));
  return `it is not JSON: line ${line}, column ${column}: ${shown}; allowed: ${expected(error, found)}`;
}

const comma = 'a comma before the next value';
const endOfObject = 'the end of the object (})';
const endOfList = 'the end of the list (])';

const texts: Readonly<Record<string, string>> = {
  InvalidNumberFormat: 'a number like 5432',
  PropertyNameExpected: 'a key in double quotes, or the end of the object (})',
  ColonExpected: 'a colon between key and value',
  CommaExpected: comma,
  CloseBraceExpected: endOfObject,
  CloseBracketExpected: endOfList,
  EndOfFileExpected: 'nothing after the end of the list or object',
  UnexpectedEndOfComment: 'the end of the comment (*/)',
  UnexpectedEndOfString: 'a double quote at the end of the text, in the same line',
  InvalidUnicode: 'four hexadecimal digits after \\u',
  InvalidEscapeCharacter: 'one of " \\ / b f n r t u after a backslash',
  InvalidCharacter: 'no tab or other control character inside a text',
};

/** What people and other tools write in place of JSON, by its beginning. */
const habits: readonly (readonly [found: RegExp, allowed: string])[] = [
  [/^['“”‘’„]/, 'plain double quotes (") around keys and texts'],
  [/^(true|false|yes|no|on|off)\b/i, 'true or false, in small letters'],
  [/^#/, 'a comment as // or between /* and */'],
  [/^(<{7}|={7}|>{7})/, 'one side of the merge conflict, without its marks'],
  [/^- [\w"]/, 'JSON, and no YAML: [{"name": …}]'],
  [/^[\w$-]+\s*:/, 'double quotes (") around the key'],
  [/^\]/, endOfObject],
  [/^\}/, endOfList],
  [/^\d/, `${comma}; a number that starts with 0, as some accounts do, stands in double quotes`],
];

function expected(error: ParseError | undefined, found: string): string {
  const code = error ? printParseErrorCode(error.error) : '';
  const habit = ['InvalidSymbol', 'CommaExpected'].includes(code) && habits.find(([begins]) => begins.test(found));
  return habit
    ? habit[1]
    : (texts[code] ?? 'a text or key in double quotes, a number, true, false, a list or an object');
}
