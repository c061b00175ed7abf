import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { format } from './entities.ts';
import { TelegramError } from './error.ts';

const html = (text: string) => format(text, 'HTML', undefined);
const markdown = (text: string) => format(text, 'MarkdownV2', undefined);
const refusal = (run: () => unknown) => {
  try {
    run();
  } catch (cause) {
    return (cause as TelegramError).message.replace("Bad Request: can't parse entities: ", '');
  }
  return undefined;
};

describe('HTML', () => {
  it('turns tags into runs and references into characters', () => {
    expect(html('Your order <b>#1042</b> &amp; <i>more <u>here</u></i>&#33;')).toEqual({
      text: 'Your order #1042 & more here!',
      entities: [
        { type: 'bold', offset: 11, length: 5 },
        { type: 'italic', offset: 19, length: 9 },
        { type: 'underline', offset: 24, length: 4 },
      ],
    });
  });
  it('counts offsets in UTF-16 units', () => {
    expect(html('🏟 🏟<b>🏟</b>').entities).toEqual([{ type: 'bold', offset: 5, length: 2 }]);
  });
  it('keeps links, leaves out what is no link, and finds bare ones', () => {
    expect(html('<a href="https://shop.example/a?b=1&amp;c=2">shop</a>').entities[0]).toEqual({
      type: 'text_link',
      offset: 0,
      length: 4,
      url: 'https://shop.example/a?b=1&c=2',
    });
    expect(html('<a href="localhost">here</a>').entities).toEqual([]);
    expect(html('see https://shop.example/o/1042.').entities).toEqual([{ type: 'url', offset: 4, length: 27 }]);
  });
  it('gives a code block its language', () => {
    expect(html('<pre><code class="language-ts">x</code></pre>').entities).toEqual([
      { type: 'pre', offset: 0, length: 1, language: 'ts' },
    ]);
  });
  it('trims the ends and moves the runs along', () => {
    expect(html('  <b> a</b>  ')).toEqual({ text: 'a', entities: [{ type: 'bold', offset: 0, length: 1 }] });
  });
  it.each([
    ['<b>x', 'Can\'t find end tag corresponding to start tag "b"'],
    ['🏟<h1>x</h1>', 'Unsupported start tag "h1" at byte offset 4'],
    ['a</b>', 'Unexpected end tag at byte offset 1'],
    ['<b>x</i>', 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'],
    ['1 <2', 'Unclosed start tag at byte offset 2'],
    ['<span class="x">a</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
    ['<a href>x</a>', 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'],
  ])('refuses %s in Telegram’s words', (text, sentence) => {
    expect(refusal(() => html(text))).toBe(sentence);
  });
});

describe('MarkdownV2', () => {
  it('nests, escapes and links', () => {
    expect(markdown('*bold _both_* \\. [shop](https://shop.example/)')).toEqual({
      text: 'bold both . shop',
      entities: [
        { type: 'bold', offset: 0, length: 9 },
        { type: 'italic', offset: 5, length: 4 },
        { type: 'text_link', offset: 12, length: 4, url: 'https://shop.example/' },
      ],
    });
  });
  it('reads fences with and without a language', () => {
    expect(markdown('```ts\nx```').entities).toEqual([{ type: 'pre', offset: 0, length: 1, language: 'ts' }]);
    expect(markdown('`a*b`')).toEqual({ text: 'a*b', entities: [{ type: 'code', offset: 0, length: 3 }] });
  });
  it('quotes lines', () => {
    expect(markdown('>a\n>b\nc').entities).toEqual([{ type: 'blockquote', offset: 0, length: 4 }]);
  });
  it.each([
    ['1. one', "Character '.' is reserved and must be escaped with the preceding '\\'"],
    ['a-b', "Character '-' is reserved and must be escaped with the preceding '\\'"],
    ['🏟 🏟_abac * asd ', "Can't find end of Bold entity at byte offset 15"],
    ['🏟 🏟__🏟 🏟_', "Can't find end of Italic entity at byte offset 20"],
    ['🏟 🏟```a ', "Can't find end of PreCode entity at byte offset 9"],
    ['[telegram\\.org](asd', "Can't find end of a URL at byte offset 16"],
    ['![👍]', 'Custom emoji entity must contain a tg://emoji URL'],
  ])('refuses %s in Telegram’s words', (text, sentence) => {
    expect(refusal(() => markdown(text))).toBe(sentence);
  });
});

describe('any text', () => {
  it('is parsed or refused, never worse, and runs stay inside it', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            '*',
            '_',
            '`',
            '```',
            '[',
            '](',
            ')',
            '<b>',
            '</b>',
            '<a href=',
            '&lt',
            '🏟',
            'x',
            ' ',
            '\n',
            '>',
            '\\',
            '||',
            '!',
            '~',
          ),
        ),
        fc.constantFrom('HTML', 'MarkdownV2', 'Markdown', undefined),
        (pieces, mode) => {
          try {
            const { text, entities } = format(pieces.join(''), mode, undefined);
            for (const { offset, length } of entities) {
              expect(length).toBeGreaterThan(0);
              expect(offset + length).toBeLessThanOrEqual(text.length);
            }
          } catch (cause) {
            if (!(cause instanceof TelegramError)) throw cause;
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
