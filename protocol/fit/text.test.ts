import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prose } from '../testing/arbitraries.ts';
import { parseHtml } from './html.ts';
import { parseMarkdown } from './markdown.ts';
import { reduce, write } from './markup.ts';
import { measure, shorten } from './measure.ts';
import { append, MARK, type Rich, type Run, textOf } from './rich.ts';
import { splitText } from './split.ts';

const shown = (rich: Rich) => rich.runs.map((run) => [run.text, run.marks, ...(run.link ? [run.link] : [])]);

describe('Markdown', () => {
  test('reads bold, italic, strike, code, links and headings', () => {
    expect(shown(parseMarkdown('# Menu\n**a** _b_ ~~c~~ `d*e*` [f](https://x.example/(1))'))).toEqual([
      ['Menu', MARK.bold],
      ['\n', 0],
      ['a', MARK.bold],
      [' ', 0],
      ['b', MARK.italic],
      [' ', 0],
      ['c', MARK.strike],
      [' ', 0],
      ['d*e*', MARK.code],
      [' ', 0],
      ['f', 0, 'https://x.example/(1)'],
    ]);
  });

  test('leaves alone what only looks like a mark', () => {
    for (const text of [
      '2 * 3 * 4',
      'snake_case_name',
      '**open',
      '\\',
      '[no link]',
      'a ~ b',
      'https://x.example/_a_b_',
    ])
      expect(shown(parseMarkdown(text))).toEqual([[text, 0]]);
    expect(textOf(parseMarkdown('\\*not\\* 1\\. [x]'))).toBe('*not* 1. [x]');
  });

  test('keeps fences as they are and the lines around them', () => {
    expect(shown(parseMarkdown('a\n```js\nx = *1*\n\ny\n```\nb'))).toEqual([
      ['a\n', 0],
      ['x = *1*\n\ny', MARK.pre],
      ['\nb', 0],
    ]);
  });

  test('a link to a script is no link', () => {
    expect(shown(parseMarkdown('[x](javascript:alert(1))'))).toEqual([['x', 0]]);
  });

  test('what is written as Markdown reads back with the same words', () => {
    const run = fc.record({
      text: prose(6),
      marks: fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 5, 8),
      link: fc.option(fc.constant('https://l.example/a_b(c)'), { nil: undefined, freq: 5 }),
    });
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 5 }), (some) => {
        const runs: Run[] = [];
        for (const one of some)
          append(runs, {
            text: `${one.text.replace(/\p{C}/gu, '')} `,
            marks: one.marks,
            ...(one.link ? { link: one.link } : {}),
          });
        const { text, markup } = write({ runs, literal: true }, 'markdown-subset');
        if (!markup) return;
        const plainer = (words: string) =>
          words
            .replace(/\s+/g, ' ')
            .replace(/• |\* /g, '* ')
            .trim();
        expect(plainer(textOf(parseMarkdown(text)))).toBe(plainer(textOf({ runs, literal: true })));
      }),
      { numRuns: 500 },
    );
  });

  test('takes time in proportion to its length, whatever it is made of', () => {
    for (const piece of ['*', '**a ', '[', '[a](', '`', '_a', '~~', '<a', '![', '\\', '*a_b~~', 'https://']) {
      const text = piece.repeat(Math.ceil(20_000 / piece.length));
      const started = performance.now();
      parseMarkdown(text);
      parseHtml(text);
      expect(performance.now() - started).toBeLessThan(1500);
    }
  });
});

describe('HTML', () => {
  test('reads what a person would see', () => {
    const html =
      '<head><title>t</title></head><style>p{}</style><p>1 &lt; 2,&nbsp;<b>bold</b> caf&eacute;</p>\n<ul><li>one</li><li>two</li></ul><p>a<br>b</p>';
    expect(textOf(parseHtml(html))).toBe('1 < 2, bold café\n\n• one\n• two\n\na\nb');
  });

  test('keeps where links and pictures lead', () => {
    expect(
      shown(
        parseHtml(
          '<a href="https://x.example/?a=1&amp;b=2">shop</a> <img src="https://x.example/p.png" alt="logo"> <a href="#top">up</a>',
        ),
      ),
    ).toEqual([
      ['shop', 0, 'https://x.example/?a=1&b=2'],
      [' ', 0],
      ['logo', 0, 'https://x.example/p.png'],
      [' up', 0],
    ]);
  });

  test('what is no tag stays, and tags that cross are closed', () => {
    expect(textOf(parseHtml('a < b and c > d <3 &unknown; &#128077;'))).toBe('a < b and c > d <3 &unknown; 👍');
    expect(write(parseHtml('<b>1<i>2</b>3</i>'), 'telegram-html').text).toBe('<b>1<i>2</i></b><i>3</i>');
  });

  test('a space after a character that only looks like white space stays', () => {
    expect(textOf(parseHtml('a\u000b <b>b</b>'))).toBe('a\u000b b');
  });

  test('Telegram’s HTML reads back as what it was written from', () => {
    const run = fc.record({ text: prose(5), marks: fc.constantFrom(0, 1, 2, 4, 3, 7, 8) });
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 6 }), (some) => {
        const { text, markup } = write({ runs: some, literal: true }, 'telegram-html');
        const squeeze = (words: string) => words.replace(/[ \t\r\n\f]+/g, ' ').trim();
        if (markup) expect(squeeze(textOf(parseHtml(text)))).toBe(squeeze(some.map((one) => one.text).join('')));
      }),
    );
  });
});

test('WhatsApp’s marks stand around words of one line and only between borders of words', () => {
  const bold = (text: string) => ({ text, marks: MARK.bold });
  const wa = (...runs: Run[]) => write(reduce({ runs, literal: true }, 'whatsapp'), 'whatsapp').text;
  expect(wa(bold('two\nlines '), { text: 'here', marks: 0 })).toBe('*two*\n*lines* here');
  expect(wa({ text: 'un', marks: 0 }, bold('believ'), { text: 'able', marks: 0 })).toBe('unbelievable');
  expect(wa(bold('a*b'))).toBe('*a∗b*');
  expect(wa({ text: 'x = *y*', marks: MARK.code })).toBe('```x = *y*```');
});

describe('cutting', () => {
  test('keeps every character but white space at the cuts, stays within the limit, and tears no grapheme', () => {
    fc.assert(
      fc.property(
        prose(120),
        fc.integer({ min: 12, max: 200 }),
        fc.constantFrom('utf16', 'bytes-utf8', 'graphemes', 'segments'),
        (text, limit, countAs) => {
          const parts = splitText(text, limit, countAs);
          expect(parts.join('').replace(/\s+/g, '')).toBe(text.replace(/\s+/g, ''));
          for (const part of parts) expect(measure(part, countAs)).toBeLessThanOrEqual(limit);
          if (text.isWellFormed()) for (const part of parts) expect(part.isWellFormed()).toBe(true);
        },
      ),
    );
  });

  test('a last part for buttons is short and never empty', () => {
    fc.assert(
      fc.property(
        prose(200),
        fc.integer({ min: 60, max: 200 }),
        fc.integer({ min: 20, max: 50 }),
        (text, limit, last) => {
          const parts = splitText(text, limit, 'utf16', last);
          expect(parts[parts.length - 1]!.length).toBeLessThanOrEqual(last);
          for (const part of parts) expect(part.trim()).not.toBe('');
          expect(parts.join('').replace(/\s+/g, '')).toBe(text.replace(/\s+/g, ''));
        },
      ),
    );
  });

  test('a link is not torn where it can move to the next part', () => {
    const link = 'https://example.org/some/long/path?with=query&and=more';
    expect(splitText(`Please have a look at this page: ${link}`, 60, 'utf16')).toEqual([
      'Please have a look at this page:',
      link,
    ]);
  });

  test('Thai and Japanese are cut between words', () => {
    expect(splitText('ภาษาไทยเป็นภาษาที่สวยงามมาก', 10, 'utf16').join('|')).toBe('ภาษาไทย|เป็นภาษา|ที่สวยงาม|มาก');
  });

  test('a label is cut with an ellipsis, within its limit', () => {
    expect(shorten('Something long', 10, 'utf16')).toBe('Something…');
    expect(shorten('👨‍👩‍👧👨‍👩‍👧', 10, 'utf16')).toBe('👨‍👩‍👧…');
    expect(shorten('abc', 2, 'bytes-utf8')).toBe('');
  });
});
