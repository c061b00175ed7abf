/** An element: its attributes and what stands in it, in order. */
export interface Element {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: (Element | string)[];
}

/** The document is not well formed. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
}

const NAME = '[A-Za-z_][\\w.:-]*';
const TOKEN = new RegExp(
  `<!--[\\s\\S]*?-->|<!\\[CDATA\\[([\\s\\S]*?)\\]\\]>|<\\?[\\s\\S]*?\\?>|<(/?)(${NAME})((?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(/?)>|([^<]+)`,
  'gy',
);
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Reads a document as strictly as a parser of the real thing: one root, everything closed, no bare `&`, no characters that XML forbids. */
export function readXml(text: string): Element {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text)) throw new XmlError('An invalid XML character');
  const open: Element[] = [];
  let root: Element | undefined;
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (!found) throw new XmlError(`Markup that cannot be read at character ${at}`);
    at = TOKEN.lastIndex;
    const [, cdata, closing, name, attributes = '', alone, words] = found;
    const parent = open.at(-1);
    if (name !== undefined) {
      if (closing) {
        if (open.pop()?.name !== name) throw new XmlError(`The end tag “${name}” fits no start tag`);
        continue;
      }
      const element: Element = { name, attributes: readAttributes(attributes), children: [] };
      if (parent) parent.children.push(element);
      else if (root) throw new XmlError('Markup after the root element');
      else root = element;
      if (!alone) open.push(element);
    } else if (words !== undefined || cdata !== undefined) {
      const said = cdata ?? decode(words!);
      if (parent) parent.children.push(said);
      else if (said.trim() !== '') throw new XmlError('Content is not allowed outside of the root element');
    }
  }
  if (!root || open.length > 0) throw new XmlError('Premature end of file');
  return root;
}

function readAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(new RegExp(`(${NAME})\\s*=\\s*("[^"]*"|'[^']*')`, 'g'))) {
    if (Object.hasOwn(attributes, name!)) throw new XmlError(`The attribute “${name}” is given twice`);
    attributes[name!] = decode(value!.slice(1, -1));
  }
  return attributes;
}

function decode(text: string): string {
  return text.replace(/&([^;\s&]*;?)/g, (_all, entity: string) => {
    const [, code] = /^#(\d+|x[0-9a-f]+);$/i.exec(entity) ?? [];
    if (code) return String.fromCodePoint(/^x/i.test(code) ? Number.parseInt(code.slice(1), 16) : Number(code));
    const char = entity.endsWith(';') ? ENTITIES[entity.slice(0, -1)] : undefined;
    if (char === undefined) throw new XmlError(`The entity “&${entity}” is not known`);
    return char;
  });
}

/** The words in an element, whatever marks them. */
export const textOf = (element: Element): string =>
  element.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');
export const elementsOf = (element: Element): Element[] =>
  element.children.filter((child): child is Element => typeof child !== 'string');
