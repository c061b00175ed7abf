import { afterEach, beforeEach, expect, test } from 'vitest';
import WebSocketOfNode from 'ws';
import { messageFrame, startTinyServer, type TinyServer, until } from '../testing/server.ts';
import { type Client, type ClientOptions, createClient } from './client.ts';
import { memoryKeep } from './keep.ts';

let server: TinyServer;
let clients: Client[];
let kept: Map<string, string>;
let channels = 0;
let channelId: string;

beforeEach(async () => {
  server = await startTinyServer();
  clients = [];
  kept = new Map();
  channelId = `ch_${++channels}`;
});
afterEach(async () => {
  for (const client of clients) client.stop();
  await server.stop();
});

/** A page; several with the same memory are reloads or tabs of one browser. */
function openPage(more: Partial<ClientOptions> = {}): Client {
  const client = createClient({
    api: server.api,
    channelId,
    keep: memoryKeep(kept),
    WebSocket: WebSocketOfNode as unknown as typeof WebSocket,
    ...more,
  });
  clients.push(client);
  client.start();
  return client;
}
const ready = (client: Client): Promise<void> => until(() => client.state.phase === 'ready', 'The session');
const live = (): Promise<void> => until(() => server.open() > 0, 'The line');
const ids = (client: Client): string[] => client.state.items.map((item) => item.id);
const texts = (client: Client): unknown[] =>
  client.state.items.map((item) => (item.content.type === 'text' ? item.content.text : item.content.type));
const takenTexts = (): unknown[] => server.taken.flatMap((event) => (event.type === 'message' ? [event.text] : []));

test('a visitor who only looks at the page gets settings, and no line until they want one', async () => {
  const page = openPage();
  await ready(page);
  expect(page.state.settings?.title).toBe('Acme');
  expect(page.state.online).toBe(true);
  expect(server.open()).toBe(0);
  page.connect();
  await live();
});

test('what the visitor says goes out once and gets its ticks: sending, sent, read', async () => {
  const page = openPage();
  await ready(page);
  page.say({ text: 'Hello' });
  expect(page.state.items[0]).toMatchObject({ from: 'visitor', status: 'sending', content: { text: 'Hello' } });
  await until(() => page.state.items[0]?.status === 'sent');
  expect(takenTexts()).toEqual(['Hello']);
  await live();
  server.publish({ type: 'read', of: page.state.items[0]!.id });
  await until(() => page.state.items[0]?.status === 'read');
});

test('a tap goes out with its payload, its words and the message it answers', async () => {
  const page = openPage();
  await ready(page);
  page.act({ text: 'Blue', payload: 'COLOUR_BLUE' }, 'dlv_a.0');
  await until(() => server.taken.length === 1);
  expect(server.taken[0]).toMatchObject({ type: 'action', text: 'Blue', payload: 'COLOUR_BLUE', of: 'dlv_a.0' });
  expect(texts(page)).toEqual(['Blue']);
});

test('a message is acknowledged as delivered when it comes and as read when it is seen', async () => {
  const heard: string[] = [];
  const page = openPage({ onMessage: (item) => heard.push(item.id) });
  await ready(page);
  page.connect();
  await live();
  server.publish(messageFrame('dlv_a.0'));
  await until(() => server.taken.length === 1);
  expect(server.taken).toEqual([{ type: 'delivered', externalId: 'dlv_a.0' }]);
  expect(page.state.unread).toBe(1);
  page.seen();
  page.seen();
  expect(page.state.unread).toBe(0);
  await until(() => server.taken.length === 2);
  expect(server.taken[1]).toEqual({ type: 'read', externalId: 'dlv_a.0' });
  expect(heard).toEqual(['dlv_a.0']);
});

test('what is said without a connection waits, survives a reload, and goes out in order', async () => {
  server.door = 'dead';
  server.sessions = 'dead';
  const page = openPage();
  for (const text of ['one', 'two', 'three']) page.say({ text });
  await until(() => !page.state.online);
  page.stop();

  const again = openPage();
  expect(texts(again)).toEqual(['one', 'two', 'three']);
  server.door = 'open';
  server.sessions = 'open';
  again.hurry();
  await until(() => server.taken.length === 3);
  expect(takenTexts()).toEqual(['one', 'two', 'three']);
  await until(() => again.state.items.every((item) => item.status === 'sent'));
  expect([...kept.keys()].filter((key) => key.includes(':out:'))).toEqual([]);
});

test('an answer that got lost makes the same id go out again, never a second message', async () => {
  const page = openPage();
  await ready(page);
  server.door = 'lost';
  page.say({ text: 'Hello' });
  await until(() => server.taken.length === 1);
  server.door = 'open';
  page.hurry();
  await until(() => page.state.items[0]?.status === 'sent');
  expect(server.taken).toHaveLength(1);
  expect(server.posts.get(page.state.items[0]!.id)).toBeGreaterThan(1);
});

test('an overloaded server is asked again; a refusal is shown and can be retried', async () => {
  const page = openPage();
  await ready(page);
  server.door = 503;
  page.say({ text: 'Hello' });
  await until(() => server.posts.size === 1);
  server.door = 'open';
  await until(() => page.state.items[0]?.status === 'sent');

  server.door = 422;
  page.say({ text: 'Again' });
  await until(() => page.state.items[1]?.status === 'refused');
  server.door = 'open';
  page.retry(page.state.items[1]!.id);
  await until(() => page.state.items[1]?.status === 'sent');
  expect(takenTexts()).toEqual(['Hello', 'Again']);
});

test('a token that is refused is renewed, and the message goes out with the new one', async () => {
  const page = openPage();
  await ready(page);
  server.door = 'renew';
  page.say({ text: 'Hello' });
  await until(() => page.state.items[0]?.status === 'sent');
  expect(server.opened).toBe(2);
});

test('a broken line is taken up where it broke: nothing is missed, nothing comes twice', async () => {
  const page = openPage();
  await ready(page);
  page.connect();
  await live();
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 5; i++) server.publish(messageFrame(`${round}.${i}`));
    server.cut();
    for (let i = 5; i < 8; i++) server.publish(messageFrame(`${round}.${i}`));
    page.hurry();
    await until(() => server.open() === 1, 'The line');
  }
  await until(() => page.state.items.length >= 32);
  expect(ids(page)).toEqual(
    Array.from({ length: 4 }, (_, r) => Array.from({ length: 8 }, (_, i) => `${r}.${i}`)).flat(),
  );
  expect(server.opened).toBe(1);
});

test('a frame that comes twice is one message', async () => {
  const page = openPage();
  await ready(page);
  page.connect();
  await live();
  server.publish(messageFrame('dlv_a.0', 'Hi'));
  server.publish(messageFrame('dlv_a.0', 'Hi'));
  server.publish(messageFrame('dlv_b.0', 'There'));
  await until(() => page.state.items.length === 2);
  expect(ids(page)).toEqual(['dlv_a.0', 'dlv_b.0']);
});

test('a line that is refused opens a new session before it tries again', async () => {
  const page = openPage();
  await ready(page);
  server.sockets = 'refused';
  page.connect();
  await until(() => server.opened === 2);
  expect(page.state.online).toBe(false);
  server.sockets = 'open';
  page.hurry();
  await live();
  await until(() => page.state.online);
});

test('a reload shows the history, with what is still going out behind it', async () => {
  server.history = [
    { ...messageFrame('w1', 'Hello'), from: 'visitor', status: 'read' },
    { ...messageFrame('dlv_a.0', 'Hi'), status: 'sent' },
    { ...messageFrame('dlv_b.0', 'Seen'), status: 'read' },
  ];
  server.door = 'dead';
  const page = openPage();
  page.say({ text: 'Unsent' });
  await ready(page);
  await live();
  expect(texts(page)).toEqual(['Hello', 'Hi', 'Seen', 'Unsent']);
  expect(page.state.unread).toBe(1);
  // The line resumes from the session's own cursor, and a message of both is shown once.
  server.publish(messageFrame('dlv_a.0', 'Hi'));
  server.publish(messageFrame('dlv_c.0', 'New'));
  await until(() => page.state.items.length === 5);
  server.door = 'open';
  page.hurry();
  await until(() => server.taken.length >= 3);
  expect(server.taken).toContainEqual({ type: 'delivered', externalId: 'dlv_a.0' });
  expect(server.taken).not.toContainEqual({ type: 'delivered', externalId: 'dlv_b.0' });
});

test('a visitor whose token has run out is somebody new, and loses nothing unsent', async () => {
  const page = openPage();
  await ready(page);
  page.say({ text: 'Old' });
  await until(() => page.state.items[0]?.status === 'sent');
  server.visitorId = 'v_somebody_new_0000';
  server.door = 'renew';
  page.say({ text: 'Unsent' });
  await until(() => page.state.visitorId === server.visitorId);
  await until(() => page.state.items.every((item) => item.status === 'sent'));
  expect(texts(page)).toEqual(['Unsent']);
});

test('a page that may not use the channel stops asking', async () => {
  server.sessions = 403;
  const page = openPage();
  await until(() => page.state.phase === 'refused');
  const asked = server.opened;
  await new Promise((resolve) => setTimeout(resolve, 800));
  expect(server.opened).toBe(asked);
});

test('what is said in one tab appears in the others', async () => {
  const [one, two] = [openPage(), openPage()];
  await Promise.all([ready(one), ready(two)]);
  one.say({ text: 'Hello' });
  await until(() => texts(two).includes('Hello'));
  expect(two.state.items[0]).toMatchObject({ from: 'visitor', status: 'sent' });
});

test('edits, removals, reactions and typing are shown, and typing ends by a message', async () => {
  const page = openPage();
  await ready(page);
  page.connect();
  await live();
  server.publish(messageFrame('dlv_a.0', 'Hi'));
  server.publish({ type: 'edit', id: 'dlv_b.0', of: 'dlv_a.0', content: { type: 'text', text: 'Hello' } });
  server.publish({ type: 'reaction', id: 'dlv_c.0', of: 'dlv_a.0', emoji: '👍' });
  server.publish({ type: 'typing', on: true });
  await until(() => page.state.typing);
  expect(page.state.items[0]).toMatchObject({ content: { text: 'Hello' }, reaction: '👍' });
  server.publish(messageFrame('dlv_d.0'));
  await until(() => !page.state.typing);
  server.publish({ type: 'remove', id: 'dlv_e.0', of: 'dlv_a.0' });
  await until(() => page.state.items.length === 1);
});

test('a visitor who wants to be forgotten leaves nothing behind', async () => {
  const page = openPage();
  await ready(page);
  server.door = 'dead';
  page.say({ text: 'Hello' });
  expect(kept.size).toBeGreaterThan(0);
  page.forget();
  expect(kept.size).toBe(0);
});

test('typing is told at most every three seconds, and never when nothing was typed', async () => {
  const page = openPage();
  await ready(page);
  page.typing(false);
  for (let i = 0; i < 10; i++) page.typing(true);
  page.typing(false);
  await until(() => server.taken.length === 2);
  expect(server.taken.map((event) => event.type === 'typing' && event.on)).toEqual([true, false]);
});
