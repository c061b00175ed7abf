import { type Content, fit } from '@tributary/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arbitrary, lostWords, overreach } from '../../protocol/testing/index.ts';
import type { Suite } from './suite.ts';

const RUNS = { numRuns: 150 };

/** Whatever is said keeps its words on this channel, in parts that the channel declares and the adapter renders. */
export function describeWords<Config>(suite: Suite<Config>): void {
  const { adapter, config } = suite;
  const capabilities = adapter.capabilities(config);
  const fitted = (content: Content) => fit(content, capabilities, { channelTitle: adapter.title });

  describe('whatever is said', () => {
    test('keeps every word, link and number, or is dropped with a reason', () => {
      fc.assert(
        fc.property(arbitrary.content, (content) => {
          const { parts, losses, choices } = fitted(content);
          // Whoever chooses on the telephone is put through: there a number is dialled rather than read.
          const dialled = choices.map(({ payload }) => payload).join(' ');
          if (parts.length === 0) expect(losses.some((loss) => loss.kind === 'dropped')).toBe(true);
          else expect(lostWords(content, parts).filter((word) => !dialled.includes(word))).toEqual([]);
        }),
        RUNS,
      );
    });

    test('asks of the channel only what it declares', () => {
      fc.assert(
        fc.property(arbitrary.content, (content) => {
          for (const part of fitted(content).parts) expect(overreach(part, capabilities)).toEqual([]);
        }),
        RUNS,
      );
    });

    test('becomes requests that the provider’s own specification takes', () => {
      fc.assert(
        fc.property(arbitrary.content, (content) => {
          const replyTo = content.type === 'reaction' ? { externalId: suite.externalId } : undefined;
          for (const part of fitted(content).parts)
            for (const request of adapter.render(part, suite.context({ replyTo }), config))
              expect(suite.spec?.(request) ?? [], JSON.stringify(request)).toEqual([]);
        }),
        RUNS,
      );
    });
  });
}
