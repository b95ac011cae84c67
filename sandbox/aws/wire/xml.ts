export const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** XML as nested plain data; an array repeats its element, undefined leaves it out. */
export type XmlValue =
  | string
  | number
  | boolean
  | undefined
  | readonly XmlValue[]
  | { readonly [element: string]: XmlValue };

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

// XML 1.0 has no way to write most control characters, not even as references.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const escaped = (text: string) =>
  text.replace(unwritable, '\ufffd').replace(/[&<>"]/g, (character) => entities[character] ?? character);

function content(value: Exclude<XmlValue, undefined | readonly XmlValue[]>): string {
  if (typeof value !== 'object') return escaped(String(value));
  return Object.entries(value)
    .map(([name, child]) => element(name, child))
    .join('');
}

const isList = (value: XmlValue): value is readonly XmlValue[] => Array.isArray(value);

/** `<name>value</name>`: once for each item of an array, not at all for undefined. */
export function element(name: string, value: XmlValue, xmlns?: string): string {
  if (value === undefined) return '';
  if (isList(value)) return value.map((item) => element(name, item, xmlns)).join('');
  const namespace = xmlns ? ` xmlns="${escaped(xmlns)}"` : '';
  return `<${name}${namespace}>${content(value)}</${name}>`;
}
