import { randomBytes } from 'node:crypto';
import type { Uploaded } from '@tributary/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { type Client, createClient } from '../widget/index.ts';
import { memoryKeep } from '../widget/src/keep.ts';
import { until } from '../widget/testing/server.ts';
import { openStage, type Stage } from './stage/inside.ts';
import { everyKind, sendAndSettle } from './stage/kinds.ts';

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
    // Node has no XMLHttpRequest; the widget's own tests use it in a browser.
    async upload({ url, token }, file) {
      const headers = { authorization: `Bearer ${token}`, 'content-type': file.type };
      const answer = await fetch(url, { method: 'POST', headers, body: file });
      return answer.ok ? { status: 201, uploaded: (await answer.json()) as Uploaded } : { status: answer.status };
    },
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

test('a visitor sends a picture, which is stored; a stored file reaches the page', async () => {
  const page = openPage();
  await until(() => page.state.phase === 'ready');
  const png = Buffer.concat([
    Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010806000000', 'hex'),
    randomBytes(5_000),
  ]);
  page.sendFile(new File([png], 'shoe.png', { type: 'image/png' }));
  interface Wire {
    direction: string;
    from: string;
    content: {
      type: string;
      media?: { mediaId: string; url: string; mimeType: string; size: number; filename: string };
    };
  }
  const mine = async (): Promise<Wire | undefined> =>
    (await stage.api<{ data: Wire[] }>(`/messages?channelId=${channelId}`)).data.find(
      (one) => one.content.type === 'image',
    );
  await expect.poll(async () => (await mine())?.content.media?.mimeType).toBe('image/png');
  const wire = (await mine())!;
  expect(wire.content.media).toMatchObject({ size: png.length, filename: 'shoe.png' });
  const bytesAt = async (url: string) =>
    Buffer.from(await (await fetch(url.replace('//localhost:', '//127.0.0.1:'))).arrayBuffer());
  await expect.poll(async () => (await bytesAt(wire.content.media!.url)).equals(png)).toBe(true);
  await until(() => page.state.items.at(-1)?.from === 'business', 'The bot’s answer');

  const stored = await stage.api<{ id: string }>('/media/upload', 'POST', {
    content: Buffer.from('%PDF-1.7 terms').toString('base64'),
    filename: 'terms.pdf',
  });
  const content = { type: 'document', text: 'Our terms', media: { mediaId: stored.id } };
  await stage.api('/messages', 'POST', { channelId, to: wire.from, content });
  await until(() => page.state.items.at(-1)?.content.type === 'document', 'The paper');
  const shown = page.state.items.at(-1)!.content as { media: { url: string; filename: string } };
  expect(shown.media.filename).toBe('terms.pdf');
  expect((await bytesAt(shown.media.url)).toString()).toBe('%PDF-1.7 terms');

  const reloaded = openPage();
  await until(() => reloaded.state.items.some((item) => item.content.type === 'document'), 'The history');
  for (const { content: said } of reloaded.state.items)
    if ('media' in said && said.media)
      expect((await fetch(said.media.url!.replace('//localhost:', '//127.0.0.1:'))).status).toBe(200);
});

test('a visitor cannot send a file of somebody else’s, nor have one fetched from elsewhere', async () => {
  const page = openPage();
  await until(() => page.state.phase === 'ready');
  const stored = await stage.api<{ id: string; url: string }>('/media/upload', 'POST', { content: 'aGVsbG8=' });
  const id = stored.id.slice('media_'.length);
  page.say({ media: { type: 'document', upload: `${id}.9999999999.${'A'.repeat(32)}`, filename: 'forged.txt' } });
  interface Wire {
    content: { media?: { filename?: string; error?: string; url?: string } };
  }
  await expect
    .poll(async () => {
      const { data } = await stage.api<{ data: Wire[] }>(`/messages?channelId=${channelId}`);
      return data.find((one) => one.content.media?.filename === 'forged.txt')?.content.media?.error;
    })
    .toContain('not this visitor’s');
});

test('every kind of content reaches the page with its words, or is refused with a reason', async () => {
  const page = openPage();
  await until(() => page.state.phase === 'ready');
  page.say({ text: 'Show me everything' });
  await until(() => page.state.items.at(-1)?.from === 'business', 'The bot’s answer');
  const { visitorId: to } = page.state;
  for (const [name, { content, words }] of Object.entries(everyKind('http://127.0.0.1:9'))) {
    const before = page.state.items.length;
    const ending = await sendAndSettle(stage, { channelId, to }, content);
    if (name === 'reaction') {
      expect(ending, name).toMatchObject({ reason: expect.stringMatching(/\w/) });
      continue;
    }
    expect(ending, name).toMatchObject({ status: expect.stringMatching(/^(sent|delivered|read)$/) });
    const shown = () => JSON.stringify(page.state.items.slice(before).map((item) => item.content));
    await until(
      () => words.every((word) => shown().includes(JSON.stringify(word).slice(1, -1))),
      `The words of ${name}`,
    );
  }
}, 60_000);

test('the business is told that the visitor is typing', async () => {
  const page = openPage();
  await until(() => page.state.phase === 'ready' && page.state.online);
  page.typing(true);
  await expect
    .poll(async () => {
      const { rows } = await stage.db.query("select 1 from events where type = 'contact.typing' and channel_id = $1", [
        channelId.slice(3),
      ]);
      return rows.length;
    })
    .toBeGreaterThan(0);
});
