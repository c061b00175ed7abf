import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Action, Content } from './content.ts';
import { type Fitted, fit, type MessagePart } from './fit.ts';
import { arbitrary, CHANNELS, lostWords, overreach, visible } from './testing/index.ts';

const RUNS = { numRuns: 300 };
const names = Object.keys(CHANNELS);

/** Tries one property on contents of every kind. */
function forAll(name: string, holds: (content: Content, fitted: Fitted) => void): void {
  const capabilities = CHANNELS[name]!;
  fc.assert(
    fc.property(arbitrary.content, (content) => holds(content, fit(content, capabilities, { channelTitle: name }))),
    RUNS,
  );
}

describe.each(names)('fit for %s', (name) => {
  const capabilities = CHANNELS[name]!;

  test('keeps every word, link and number', () => {
    forAll(name, (content, { parts, losses }) => {
      const dropped = losses.some((loss) => loss.kind === 'dropped' && parts.length === 0);
      if (!dropped) expect(lostWords(content, parts)).toEqual([]);
    });
  });

  test('yields only what the channel declares', () => {
    forAll(name, (_, { parts }) => {
      for (const part of parts) expect(overreach(part, capabilities)).toEqual([]);
    });
  });

  test('tells a loss exactly when the reader sees something else', () => {
    forAll(name, (content, { parts, losses, payloads }) => {
      const formatted = 'format' in content && (content.format === 'html' || content.format === 'markdown');
      const same = parts.length === 1 && isSame(content, parts[0]!, payloads, formatted);
      if (losses.length === 0) expect(same).toBe(true);
      else if (!formatted) expect(same).toBe(false);
      for (const loss of losses) expect(loss.says).toMatch(/^\S.*\.$/su);
    });
  });

  test('is stable: a fitted part fits as it is', () => {
    forAll(name, (_, { parts }) => {
      for (const part of parts) {
        expect(fit(part.content, capabilities, { markup: part.markup })).toEqual({
          parts: [part],
          losses: [],
          choices: [],
          payloads: {},
        });
      }
    });
  });

  test('numbers the choices from one without a gap, and writes each of them', () => {
    forAll(name, (_, { parts, choices }) => {
      expect(choices.map((choice) => choice.number)).toEqual(choices.map((_, index) => index + 1));
      const words = parts.map(visibleText).join('\n');
      for (const choice of choices) expect(words).toContain(`${choice.number})`);
    });
  });

  test('writes well-formed markup and whole characters', () => {
    forAll(name, (_, { parts }) => {
      for (const part of parts) {
        expect(JSON.stringify(part.content)).not.toMatch(/\\ud[89a-f][0-9a-f]{2}/i);
        if (part.markup === 'telegram-html' && 'text' in part.content)
          expect(unbalanced(part.content.text ?? '')).toEqual([]);
      }
    });
  });
});

const visibleText = ({ content, markup }: MessagePart): string => {
  if (content.type === 'email')
    return content.html === undefined ? (content.text ?? '') : visible(content.html, 'html');
  const text = 'text' in content ? (content.text ?? '') : '';
  if (markup === 'telegram-html' || markup === 'html') return visible(text, 'html');
  return markup === 'markdown-subset' ? visible(text, 'markdown') : text;
};

/** Tags of Telegram's HTML that do not nest, and characters that had to be escaped. */
function unbalanced(html: string): string[] {
  const faults: string[] = [];
  const open: string[] = [];
  const rest = html.replace(/<(\/?)(b|i|s|a|code|pre)((?: href="[^"<>]*")?)>/g, (_, closing: string, tag: string) => {
    if (!closing) open.push(tag);
    else if (open.pop() !== tag) faults.push(`</${tag}>`);
    return '';
  });
  if (/[<>]/.test(rest)) faults.push(`bare bracket in ${rest}`);
  if (/&(?!(?:amp|lt|gt|quot);)/.test(rest)) faults.push(`bare ampersand in ${rest}`);
  return [...faults, ...open];
}

/** The same to a reader: keys of payloads, the kind of an answer and the label of a list's button are the channel's own affair. */
function isSame(content: Content, part: MessagePart, payloads: Record<string, string>, formatted: boolean): boolean {
  const answer = (action: Action): unknown => {
    if (action.type !== 'reply' && action.type !== 'postback') return action;
    const payload = action.payload ?? action.text;
    return { text: action.text, payload: payloads[payload] ?? payload };
  };
  const plain = (one: Content): unknown =>
    JSON.parse(
      JSON.stringify(one, (key, value) => {
        if (key === 'format' || (formatted && key === 'text') || key === 'imageUrl') return undefined;
        if (key === 'actions') return Array.isArray(value) ? value.map(answer) : value;
        if (key === 'payload' && typeof value === 'string') return payloads[value] ?? value;
        if (key === 'button' && content.type === 'list' && content.button === undefined) return undefined;
        return value;
      }),
    );
  return JSON.stringify(sorted(plain(content))) === JSON.stringify(sorted(plain(part.content)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
