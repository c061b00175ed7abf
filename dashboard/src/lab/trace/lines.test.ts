import { expect, test } from 'vitest';
import { aboutWebhook, inWords, measured, offset, piecesOf, toneOf, wireLine } from './lines.ts';

test('the time of a line is counted from the first one, in the unit that is short', () => {
  const start = '2026-01-01T00:00:00.000Z';
  expect(offset(start, start)).toBe('0 ms');
  expect(offset(start, '2026-01-01T00:00:00.340Z')).toBe('+340 ms');
  expect(offset(start, '2026-01-01T00:00:01.249Z')).toBe('+1.2 s');
  expect(offset(start, '2026-01-01T00:03:00.000Z')).toBe('+3 min');
  expect(offset(start, '2026-01-01T05:00:00.000Z')).toBe('+5 h');
});

test('a clock that runs behind never shows a negative time, a broken one shows none', () => {
  expect(offset('2026-01-01T00:00:01Z', '2026-01-01T00:00:00Z')).toBe('0 ms');
  expect(offset('soon', '2026-01-01T00:00:00Z')).toBe('');
});

test('a message is told in one line', () => {
  expect(inWords({ type: 'text', text: ' two\nlines ' })).toBe('two lines');
  expect(inWords({ type: 'image', media: {} })).toBe('Picture');
  expect(inWords({ type: 'document', media: { filename: 'bill.pdf' } })).toBe('bill.pdf');
  expect(inWords({ type: 'location', location: { latitude: 1, longitude: 2, name: 'Home' } })).toBe('Home');
  expect(inWords({ type: 'event', event: 'postback', payload: 'RED', text: 'Red' })).toBe('Red');
  expect(inWords(undefined)).toBe('Message');
});

test('only what is wrong, waiting or proven has a colour', () => {
  expect(toneOf('failed')).toBe('bad');
  expect(toneOf('wait')).toBe('waiting');
  expect(toneOf('receipt')).toBe('good');
  expect(toneOf('route')).toBe('plain');
});

const common = { seq: 1, at: '2026-01-01T00:00:00Z', provider: 'telegram', account: '1', ms: 4 } as const;

test('a webhook without an answer says so', () => {
  const line = wireLine({
    ...common,
    type: 'webhook',
    url: 'http://127.0.0.1:3000/webhooks/telegram/ch_1',
    status: null,
    body: {},
    error: 'connection refused',
  });
  expect(line).toEqual({ name: 'webhook', path: '/webhooks/telegram/ch_1', outcome: 'connection refused', bad: true });
});

test('a request shows its method, path and status', () => {
  const line = wireLine({
    ...common,
    type: 'request',
    method: 'POST',
    path: '/telegram/bot1/sendMessage',
    status: 429,
    request: {},
    answer: {},
  });
  expect(line).toEqual({ name: 'POST', path: '/telegram/bot1/sendMessage', outcome: '429', bad: true });
});

test('a step tells what the provider measured, where it was this message', () => {
  const events = [
    { ...common, type: 'webhook', url: '/w', status: 200, ms: 6.4, body: {}, messageId: '1:2' },
    {
      ...common,
      type: 'request',
      method: 'POST',
      path: '/p',
      status: 200,
      ms: 0.2,
      request: {},
      answer: {},
      messageId: '1:3',
    },
  ] as const;
  const step = { at: common.at, title: '' };
  expect(measured({ ...step, kind: 'webhook' }, '1:2', events)).toBe('Answered 200 in 6\u00a0ms.');
  expect(measured({ ...step, kind: 'attempt' }, '1:3', events)).toBe('200 in 1\u00a0ms.');
  expect(measured({ ...step, kind: 'attempt' }, '1:2', events)).toBeUndefined();
  expect(measured({ ...step, kind: 'route' }, '1:2', events)).toBeUndefined();
  expect(measured({ ...step, kind: 'webhook' }, undefined, events)).toBeUndefined();
});

test('long ids are shortened to their ends, words are left alone', () => {
  expect(piecesOf('In answer to msg_01a1fd437b2a7001b3f0469439c0092a.')).toEqual([
    { text: 'In answer to ' },
    { text: 'msg_…c0092a', id: 'msg_01a1fd437b2a7001b3f0469439c0092a' },
    { text: '.' },
  ]);
  expect(piecesOf('It calls it wamid.HBgLMTIwMjU1NTAxNDIVAgARGBI4NEE2.')[1]).toEqual({
    text: 'wamid.…I4NEE2',
    id: 'wamid.HBgLMTIwMjU1NTAxNDIVAgARGBI4NEE2',
  });
  expect(piecesOf('WhatsApp shows at most 3 buttons; these 5 became a list.')).toHaveLength(1);
});

test('a day is said as people say it, and today is today', () => {
  const now = new Date('2026-03-09T10:00:00Z');
  expect(piecesOf('From Ana, known since 2026-03-09', now)[1]).toEqual({ text: 'today', day: '2026-03-09' });
  expect(piecesOf('From Ana, known since 2026-02-01', now)[1]).toEqual({ text: '1 February 2026', day: '2026-02-01' });
  expect(piecesOf('2026-99-99', now)[0]?.text).toBe('2026-99-99');
});

test('a path is shown in letters, not in their codes', () => {
  const line = wireLine({
    ...common,
    type: 'request',
    method: 'POST',
    path: '/bot1:…/sendMessage',
    status: 200,
    request: {},
    answer: {},
  });
  expect(line.path).toBe('/bot1:…/sendMessage');
});

test('a webhook is named by what the provider says in it', () => {
  expect(aboutWebhook({ update_id: 1, callback_query: {} })).toBe('callback_query');
  const meta = (value: unknown) => ({ object: 'whatsapp_business_account', entry: [{ changes: [{ value }] }] });
  expect(aboutWebhook(meta({ statuses: [{ status: 'read' }] }))).toBe('read');
  expect(aboutWebhook(meta({ messages: [{ type: 'image' }] }))).toBe('image');
  expect(
    aboutWebhook({
      object: 'page',
      entry: [{ messaging: [{ sender: {}, recipient: {}, timestamp: 1, postback: {} }] }],
    }),
  ).toBe('postback');
  expect(aboutWebhook({ event: 'delivered', timestamp: 1 })).toBe('delivered');
  expect(aboutWebhook({ destination: 'U1', events: [{ type: 'follow' }] })).toBe('follow');
  expect(aboutWebhook({ MessageSid: 'SM1', SmsStatus: 'received' })).toBe('received');
  expect(aboutWebhook({ signature: {}, 'event-data': { event: 'opened' } })).toBe('opened');
  expect(aboutWebhook({ entry: [] })).toBeUndefined();
  expect(aboutWebhook('text')).toBeUndefined();
});
