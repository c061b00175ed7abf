import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { type Client, createClient } from '../widget/index.ts';
import { memoryKeep } from '../widget/src/keep.ts';
import { until } from '../widget/testing/server.ts';
import { openStage, type Stage } from './stage/inside.ts';

let stage: Stage;
let channelId: string;
const kept = new Map<string, string>();
const clients: Client[] = [];

beforeAll(async () => {
  stage = await openStage();
  const bot = await stage.api<{ id: string }>('/bots', 'POST', { name: 'echo', kind: 'echo' });
  const channel = await stage.api<{ id: string }>('/channels', 'POST', { type: 'webchat', name: 'Shop', config: {} });
  channelId = channel.id;
  await stage.api(`/channels/${channelId}`, 'PATCH', { defaultBotId: bot.id });
});
afterAll(async () => {
  for (const client of clients) client.stop();
  await stage.stop();
});

function openPage(): Client {
  const client = createClient({
    api: stage.app.url,
    channelId,
    keep: memoryKeep(kept),
    profile: { name: 'Ana Prado' },
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
  });
  clients.push(client);
  client.start();
  return client;
}
const told = (client: Client): string[] =>
  client.state.items.map(({ from, content }) => `${from}: ${content.type === 'text' ? content.text : content.type}`);

test('a visitor writes, the bot answers on the page, and every tick comes back', async () => {
  const page = openPage();
  await until(() => page.state.phase === 'ready');
  page.say({ text: 'Hello' });
  page.say({ text: 'Anybody?' });
  await until(() => page.state.items.filter((item) => item.from === 'business').length === 2, 'The answers');
  page.seen();
  interface Messages {
    data: { direction: string; status: string; metadata: { profileName?: string } }[];
  }
  let messages: Messages['data'] = [];
  await expect
    .poll(async () => {
      messages = (await stage.api<Messages>(`/messages?channelId=${channelId}`)).data;
      return messages.filter((one) => one.direction === 'outbound').map((one) => one.status);
    })
    .toEqual(['read', 'read']);
  expect(messages.find((one) => one.direction === 'inbound')?.metadata.profileName).toBe('Ana Prado');
});

test('a reload shows the same conversation, and what was missed meanwhile', async () => {
  const before = clients[0]!;
  const seen = told(before);
  before.stop();
  const page = openPage();
  await until(() => page.state.phase === 'ready');
  expect(told(page).toSorted()).toEqual(seen.toSorted());
  expect(page.state.unread).toBe(0);
  page.say({ text: 'Still there?' });
  await until(() => page.state.items.length === seen.length + 2, 'The answer');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(page.state.items, 'nothing twice').toHaveLength(seen.length + 2);
});
