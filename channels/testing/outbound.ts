import { fit, type MessagePart } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import type { ProviderRequest, RenderContext } from '../adapter.ts';
import { anyContents, declaredContents } from './contents.ts';
import { type OutboundFixture, readFixtures } from './fixtures.ts';
import type { Suite } from './suite.ts';

/** Every outbound fixture renders as written, and everything declared becomes requests the provider's own specification takes. */
export function describeOutbound<Config>(suite: Suite<Config>): void {
  const { adapter, config } = suite;
  const fixtures = readFixtures<OutboundFixture>(suite.fixtures, 'outbound');
  const capabilities = adapter.capabilities(config);

  const expectAcceptable = (requests: ProviderRequest[]): void => {
    for (const request of requests) {
      expect(request.name).not.toBe('');
      expect(request.path).toMatch(/^\//);
      const shown = JSON.stringify(request);
      expect(JSON.parse(shown), 'what is stored is what is sent').toEqual(request);
      expect(suite.leaks(shown), 'secrets in a rendered request').toEqual([]);
      expect(suite.spec?.(request) ?? [], shown).toEqual([]);
    }
  };

  describe('what goes out', () => {
    test.each(fixtures)('$name renders as written', (fixture) => {
      expect(fixture.source, 'source: where it comes from').toBeTruthy();
      const requests = renderFixture(suite, fixture);
      expect(requests).toEqual(fixture.requests);
      expectAcceptable(requests);
    });

    const render = (part: MessagePart, context: RenderContext): ProviderRequest[] => {
      const requests = adapter.render(part, context, config);
      expect(requests.length).toBeGreaterThan(0);
      expectAcceptable(requests);
      return requests;
    };

    test.each(declaredContents(capabilities))('$name can be said, because it is declared', ({ content }) => {
      // A reaction names the message it is under; the server puts the provider's id of it into the context.
      const replyTo = content.type === 'reaction' ? { externalId: suite.externalId } : undefined;
      const fitted = fit(content, capabilities, { channelTitle: adapter.title });
      expect(fitted.parts.length).toBeGreaterThan(0);
      expect(fitted.losses.filter((loss) => loss.kind === 'dropped')).toEqual([]);
      for (const part of fitted.parts) render(part, suite.context({ replyTo }));
    });

    test.each(anyContents())('$name can be said, as well as the channel can', ({ content }) => {
      const fitted = fit(content, capabilities, { channelTitle: adapter.title });
      for (const part of fitted.parts) render(part, suite.context());
    });

    test('an answer to a message of theirs can be said', () => {
      if (capabilities.reply.out !== 'full' && capabilities.reply.out !== 'partial') return;
      const part = { content: { type: 'text' as const, text: 'Yes' } };
      const { externalId, metadata = {} } = suite;
      const newest = adapter.readsNewest ? { externalId, at: new Date('2026-11-20T11:59:50Z'), metadata } : undefined;
      const replying = render(part, suite.context({ newest, replyTo: { externalId } }));
      // A mail always answers the newest; then it is another one.
      const other = newest && { ...newest, externalId: `${externalId}.other` };
      expect(replying).not.toEqual(render(part, suite.context({ newest: other })));
    });

    test('anything can be previewed before an account is connected', () => {
      for (const provider of adapter.providers ?? [undefined]) {
        const bare = (provider ? { provider } : {}) as Config;
        const able = adapter.capabilities(bare);
        for (const { content } of declaredContents(able)) {
          if (content.type === 'reaction') continue;
          for (const part of fit(content, able).parts) adapter.render(part, suite.context(), bare);
        }
      }
    });

    test('the same part renders to the same requests', () => {
      for (const { content } of declaredContents(capabilities)) {
        if (content.type === 'reaction') continue;
        for (const part of fit(content, capabilities).parts) {
          const before = structuredClone(part);
          const once = adapter.render(part, suite.context(), config);
          expect(adapter.render(part, suite.context(), config)).toEqual(once);
          expect(part, 'the part is left as it was').toEqual(before);
        }
      }
    });

    test('typing, edits and removals are requests the provider takes', () => {
      const text: MessagePart = { content: { type: 'text', text: 'Something else' } };
      for (const on of [true, false])
        expectAcceptable(adapter.typing?.(suite.to, on, config, { externalId: suite.externalId }) ?? []);
      expectAcceptable(adapter.edit?.(suite.externalId, text, suite.context(), config) ?? []);
      expectAcceptable(adapter.remove?.(suite.externalId, suite.context(), config) ?? []);
      expectAcceptable(adapter.react?.(suite.externalId, '👍', suite.context(), config) ?? []);
      expectAcceptable(adapter.react?.(suite.externalId, null, suite.context(), config) ?? []);
    });
  });
}

function renderFixture<Config>(suite: Suite<Config>, fixture: OutboundFixture): ProviderRequest[] {
  const { adapter, config } = suite;
  const context = suite.context(fixture.context);
  // JSON holds no dates.
  if (context.newest) context.newest = { ...context.newest, at: new Date(context.newest.at) };
  const target = fixture.externalId ?? suite.externalId;
  switch (fixture.ability) {
    case undefined:
      return adapter.render(fixture.part, context, config);
    case 'edit':
      return adapter.edit?.(target, fixture.part, context, config) ?? [];
    case 'remove':
      return adapter.remove?.(target, context, config) ?? [];
    case 'react': {
      const emoji = fixture.part.content.type === 'reaction' ? fixture.part.content.emoji : null;
      return adapter.react?.(target, emoji, context, config) ?? [];
    }
    case 'typing':
      return adapter.typing?.(context.to, true, config, context.replyTo) ?? [];
  }
}
