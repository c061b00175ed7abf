import { describe, expect, test } from 'vitest';
import type { InboundEvent, Said } from '../adapter.ts';
import { scriptedIo } from '../testing/io.ts';
import { testChannel } from '../testing/suite.ts';
import type { WebchatConfig } from './config.ts';
import { webchat } from './index.ts';

const config: WebchatConfig = {
  widgetId: 'shop-front',
  allowedOrigins: ['https://shop.example.com'],
  theme: { headerText: 'Acme', welcomeMessage: 'Hi!', primaryColor: '#123456', position: 'left' },
  secret: 'test-signing-secret-found-nowhere-else',
};
const visitor = 'v_0123456789abcdefghijklmnopqrstuv';
const socket = webchat.socket!;
const noon = new Date('2026-11-20T12:00:00Z');
const random = () => '0123456789abcdefghijklmnopqrstuv';

testChannel(webchat, {
  config,
  fixtures: new URL('./fixtures/', import.meta.url),
  proof: { header: 'authorization', over: 'token' },
  to: { kind: 'visitor', value: visitor },
  externalId: `${visitor}:m1`,
});

describe('a session', () => {
  test('gives a newcomer a visitor of their own, a token for it, and only what anybody may know', () => {
    const opened = socket.open({}, noon, random, config);
    expect(opened.visitor).toEqual({ kind: 'visitor', value: visitor });
    expect(opened.thread).toEqual({ key: visitor, kind: 'direct' });
    expect(opened.settings).toEqual({
      title: 'Acme',
      greeting: 'Hi!',
      color: '#123456',
      position: 'left',
      uploads: { maxBytes: 10 * 1024 * 1024 },
    });
    expect(socket.visitor(opened.token, noon, config)).toEqual(opened.visitor);
    expect(JSON.stringify(opened)).not.toContain(config.secret);
  });

  test('keeps the visitor of a good token, renews it, and forgets one that has expired', () => {
    const first = socket.open({}, noon, random, config);
    const soon = new Date(noon.getTime() + 20 * 86_400_000);
    const again = socket.open({ token: first.token }, soon, () => 'x'.repeat(32), config);
    expect(again.visitor).toEqual(first.visitor);
    const later = new Date(noon.getTime() + 40 * 86_400_000);
    expect(socket.visitor(again.token, later, config)).toEqual(first.visitor);
    expect(socket.visitor(first.token, later, config)).toBeUndefined();
    expect(socket.open({ token: first.token }, later, () => 'x'.repeat(32), config).visitor).not.toEqual(first.visitor);
  });

  test('carries what the visitor says about themselves in the token, in bounds', () => {
    const opened = socket.open({ profile: { name: 'Ana', email: 'x'.repeat(300), admin: true } }, noon, random, config);
    const renewed = socket.open({ token: opened.token }, noon, random, config);
    const [event] = webchat.parse(
      {
        via: 'http',
        method: 'POST',
        publicUrl: 'https://hooks.example.com/',
        headers: { authorization: `Bearer ${renewed.token}` },
        body: new TextEncoder().encode('{"events":[{"type":"message","id":"m1","text":"Hi"}]}'),
        receivedAt: noon,
      },
      config,
    );
    expect((event as InboundEvent & { type: 'message' }).profile).toEqual({ name: 'Ana' });
  });
});

test('an event of no kind at all is told, not thrown', () => {
  const session = socket.open({}, noon, () => visitor.slice(2), config);
  const request = {
    via: 'http' as const,
    method: 'POST',
    publicUrl: 'https://hooks.example.com/webhooks/webchat/ch_a',
    headers: { authorization: `Bearer ${session.token}` },
    body: Buffer.from('{"events":[{"type":{"toString":false},"id":"e1"}]}'),
    receivedAt: noon,
  };
  expect(webchat.parse(request, config)).toMatchObject([{ type: 'ignored' }]);
});

describe('history', () => {
  const said = (more: Partial<Said>): Said => ({
    direction: 'inbound',
    externalId: `${visitor}:m1`,
    content: { type: 'text', text: 'Hello' },
    at: noon,
    status: 'sent',
    ...more,
  });

  test('shows the visitor their own words under their own ids', () => {
    expect(socket.recall(said({}), config)).toEqual({
      type: 'message',
      id: 'm1',
      at: noon.toISOString(),
      from: 'visitor',
      content: { type: 'text', text: 'Hello' },
      status: 'sent',
    });
  });

  test('shows a tapped button as its words', () => {
    const content = { type: 'event', event: 'postback', text: 'Blue', payload: 'COLOUR_BLUE' } as const;
    expect(socket.recall(said({ content }), config)).toMatchObject({ content: { type: 'text', text: 'Blue' } });
  });

  test('shows our message as the frame it was, and no reactions or edits', () => {
    const to = { kind: 'visitor' as const, value: visitor };
    const context = {
      to,
      thread: { key: visitor, kind: 'direct' as const },
      partKey: 'dlv_a.0',
      callbackUrl: '',
      now: noon,
      locale: 'en',
    };
    const [request] = webchat.render({ content: { type: 'text', text: 'Yes' } }, context, config);
    const ours = said({ direction: 'outbound', externalId: 'dlv_a.0', status: 'read', request });
    expect(socket.recall(ours, config)).toMatchObject({ id: 'dlv_a.0', from: 'business', status: 'read' });
    const [reaction] = webchat.react!(`${visitor}:m1`, '👍', context, config);
    expect(socket.recall({ ...ours, request: reaction }, config)).toBeUndefined();
  });
});

test('a frame is published to its visitor, whole', async () => {
  const io = scriptedIo('', []);
  const [request] = webchat.typing!({ kind: 'visitor', value: visitor }, true, config);
  await webchat.send(request!, config, io);
  expect(io.published).toEqual([{ to: { kind: 'visitor', value: visitor }, frame: { type: 'typing', on: true } }]);
});
