import { expect, test } from 'vitest';
import type { WireMessage } from '../../api/types.ts';
import { exchangeOf } from './exchange.ts';

const said = (id: string, direction: 'inbound' | 'outbound', ms: number): WireMessage => ({
  id,
  conversationId: 'conv_1',
  channelId: 'ch_1',
  channelType: 'telegram',
  direction,
  content: { type: 'text', text: id },
  status: 'sent',
  createdAt: new Date(1_763_000_000_000 + ms).toISOString(),
});
const talk = [
  said('msg_5', 'outbound', 50),
  said('msg_4', 'inbound', 40),
  said('msg_3', 'outbound', 30),
  said('msg_2', 'outbound', 20),
  said('msg_1', 'inbound', 10),
];
const ids = (messages: WireMessage[]) => messages.map((message) => message.id);

test('the customer’s words stand with all the answers to them, in order', () => {
  expect(ids(exchangeOf(talk, 'msg_1'))).toEqual(['msg_1', 'msg_2', 'msg_3']);
});

test('an answer stands with the words it answers', () => {
  expect(ids(exchangeOf(talk, 'msg_3'))).toEqual(['msg_1', 'msg_2', 'msg_3']);
  expect(ids(exchangeOf(talk, 'msg_5'))).toEqual(['msg_4', 'msg_5']);
});

test('the business may speak first', () => {
  expect(ids(exchangeOf([said('msg_1', 'outbound', 1), said('msg_2', 'inbound', 2)], 'msg_1'))).toEqual(['msg_1']);
});

test('within one millisecond the ids decide', () => {
  expect(ids(exchangeOf([said('msg_2', 'outbound', 1), said('msg_1', 'inbound', 1)], 'msg_1'))).toEqual([
    'msg_1',
    'msg_2',
  ]);
});

test('a message that is not there has no exchange', () => {
  expect(exchangeOf(talk, 'msg_9')).toEqual([]);
});
