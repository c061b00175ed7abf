import { append, isSafeLink, MARK, type Rich, type Run } from './rich.ts';

const TAG = /<!--[\s\S]*?(?:-->|$)|<!doctype[^>]*>|<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:"[^"]*"|'[^']*'|[^'"<>])*)>/gi;
const MARK_OF: Readonly<Record<string, number>> = {
  b: MARK.bold,
  strong: MARK.bold,
  h1: MARK.bold,
  h2: MARK.bold,
  h3: MARK.bold,
  h4: MARK.bold,
  h5: MARK.bold,
  h6: MARK.bold,
  th: MARK.bold,
  i: MARK.italic,
  em: MARK.italic,
  cite: MARK.italic,
  s: MARK.strike,
  del: MARK.strike,
  strike: MARK.strike,
  code: MARK.code,
  kbd: MARK.code,
  samp: MARK.code,
  pre: MARK.pre,
};
/** How many line breaks stand around a block. */
const BLOCK: Readonly<Record<string, number>> = {
  p: 2,
  h1: 2,
  h2: 2,
  h3: 2,
  h4: 2,
  h5: 2,
  h6: 2,
  blockquote: 2,
  pre: 2,
  ul: 2,
  ol: 2,
  table: 2,
  hr: 1,
  div: 1,
  section: 1,
  article: 1,
  header: 1,
  footer: 1,
  li: 1,
  tr: 1,
};
const UNREAD = new Set(['script', 'style', 'title', 'head']);

/** Reads HTML as a person would see it. Never throws; what is no tag stays as it is written. Words of `script`, `style` and `head` are not for people. */
export function parseHtml(html: string): Rich {
  const page = new Reading();
  let at = 0;
  for (const match of html.matchAll(TAG)) {
    page.text(html.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[2]) page.tag(match[2].toLowerCase(), match[1] === '/', match[3] ?? '');
  }
  page.text(html.slice(at));
  return { runs: page.runs, literal: true };
}

class Reading {
  readonly runs: Run[] = [];
  private readonly depth = new Map<number, number>();
  private readonly lists: (number | undefined)[] = [];
  private unread = 0;
  private link: string | undefined;
  private linkWritten = true;
  private breaks = 0;
  private space = false;

  text(source: string): void {
    if (this.unread > 0 || source === '') return;
    const text = decodeEntities(source);
    if (this.on(MARK.pre)) {
      this.write(text.replace(/\r\n?/g, '\n'));
      return;
    }
    const words = text.split(/[ \t\r\n\f]+/);
    words.forEach((word, index) => {
      if (index > 0) this.space = true;
      if (word !== '') this.write(word);
    });
  }

  tag(name: string, closing: boolean, attributes: string): void {
    if (UNREAD.has(name)) this.unread = Math.max(0, this.unread + (closing ? -1 : 1));
    if (this.unread > 0) return;
    const mark = MARK_OF[name];
    const blockBreaks = BLOCK[name];
    if (blockBreaks) this.breakLine(blockBreaks);
    if (mark) this.depth.set(mark, Math.max(0, (this.depth.get(mark) ?? 0) + (closing ? -1 : 1)));
    if (name === 'br') this.write('\n');
    else if (name === 'a') this.anchor(closing, attributes);
    else if (name === 'img') this.image(attributes);
    else if (name === 'ul' || name === 'ol') {
      if (closing) this.lists.pop();
      else this.lists.push(name === 'ol' ? 0 : undefined);
    } else if (name === 'li' && !closing) this.bullet();
    else if (name === 'td' || name === 'th') this.space = true;
  }

  private anchor(closing: boolean, attributes: string): void {
    if (!closing) {
      const href = attribute(attributes, 'href')?.trim();
      this.link = href && isSafeLink(href) ? href : undefined;
      this.linkWritten = !this.link;
    } else {
      // A link around a picture, or around nothing, still leads somewhere.
      if (!this.linkWritten && this.link) this.write(this.link);
      this.link = undefined;
      this.linkWritten = true;
    }
  }

  private image(attributes: string): void {
    const source = attribute(attributes, 'src')?.trim();
    const alt = attribute(attributes, 'alt')?.trim();
    const outer = this.link;
    if (!outer && source && isSafeLink(source)) this.link = source;
    const words = alt || (this.link ?? '');
    if (words) this.write(words);
    this.link = outer;
  }

  private bullet(): void {
    const count = this.lists[this.lists.length - 1];
    if (count === undefined) this.write('• ');
    else {
      this.lists[this.lists.length - 1] = count + 1;
      this.write(`${count + 1}. `);
    }
  }

  private on(mark: number): boolean {
    return (this.depth.get(mark) ?? 0) > 0;
  }

  private breakLine(count: number): void {
    this.breaks = Math.max(this.breaks, count);
  }

  private write(text: string): void {
    const last = this.runs[this.runs.length - 1]?.text ?? '';
    const marks = [...this.depth].reduce((sum, [mark, depth]) => (depth > 0 ? sum | mark : sum), 0);
    if (this.breaks > 0 && this.runs.length > 0) append(this.runs, { text: '\n'.repeat(this.breaks), marks: 0 });
    else if (this.space && last !== '' && !/[ \t\r\n\f]$/.test(last) && text !== '\n')
      append(this.runs, { text: ' ', marks: this.sharedMarks(marks), ...this.sharedLink() });
    this.breaks = 0;
    this.space = false;
    if (this.link) this.linkWritten = true;
    append(this.runs, { text, marks, ...(this.link ? { link: this.link } : {}) });
  }

  /** A space between two runs looks like both. */
  private sharedMarks(marks: number): number {
    return marks & (this.runs[this.runs.length - 1]?.marks ?? 0);
  }
  private sharedLink(): { link?: string } {
    return this.link && this.runs[this.runs.length - 1]?.link === this.link ? { link: this.link } : {};
  }
}

function attribute(attributes: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(attributes);
  const value = match?.[1] ?? match?.[2] ?? match?.[3];
  return value === undefined ? undefined : decodeEntities(value);
}

const NAMED: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', copy: '©', reg: '®', trade: '™', hellip: '…' },
  ...{ mdash: '—', ndash: '–', lsquo: '‘', rsquo: '’', sbquo: '‚', ldquo: '“', rdquo: '”', bdquo: '„', bull: '•' },
  ...{
    middot: '·',
    euro: '€',
    pound: '£',
    yen: '¥',
    cent: '¢',
    deg: '°',
    sect: '§',
    para: '¶',
    laquo: '«',
    raquo: '»',
  },
  ...{
    times: '×',
    divide: '÷',
    plusmn: '±',
    frac12: '½',
    frac14: '¼',
    frac34: '¾',
    iexcl: '¡',
    iquest: '¿',
    szlig: 'ß',
  },
  ...{
    AElig: 'Æ',
    aelig: 'æ',
    Oslash: 'Ø',
    oslash: 'ø',
    ordf: 'ª',
    ordm: 'º',
    sup1: '¹',
    sup2: '²',
    sup3: '³',
    shy: '',
  },
  ...{ larr: '←', uarr: '↑', rarr: '→', darr: '↓', check: '✓', star: '☆', hearts: '♥', zwj: '\u200d', zwnj: '\u200c' },
};
const ACCENTS: Readonly<Record<string, string>> = {
  acute: '\u0301',
  grave: '\u0300',
  circ: '\u0302',
  tilde: '\u0303',
  uml: '\u0308',
  cedil: '\u0327',
  ring: '\u030a',
};

/** Character references to characters; one that is not known stays as written. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z][a-z0-9]{1,9}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name] ?? accented(name) ?? whole;
    const code = decimal !== undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : '\ufffd';
  });
}

function accented(name: string): string | undefined {
  const accent = ACCENTS[name.slice(1)];
  if (accent === undefined) return undefined;
  const letter = (name.charAt(0) + accent).normalize('NFC');
  return letter.length === 1 ? letter : undefined;
}
