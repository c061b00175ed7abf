import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../stage/channels.ts';
import { openStage, type Stage } from '../stage/inside.ts';
import { everyKind, sendAndSettle } from '../stage/kinds.ts';

/** LINE's road from end to end: the platform on one side, LINE as the Lab plays it on the other. */

const BOT = {
  account: 'U5000000000000000000000000000b07a',
  channelAccessToken: 'stage-line-access-token-0001',
  channelSecret: 'stage-line-channel-secret-0001',
};

interface Wire {
  id: string;
  direction: string;
  status: string;
  content: { type: string; text?: string; payload?: string; media?: { url?: string } };
  conversationId: string;
  replyTo?: string;
  metadata: Record<string, unknown>;
}

let stage: Stage;
let shop: Server;
let host: string;
let channel: { id: string };

const messages = async (): Promise<Wire[]> =>
  (await stage.api<{ data: Wire[] }>(`/messages?channelId=${channel.id}&limit=100`)).data;
const phone = (person = 'ana') => stage.lab.phone('line', BOT.account, person);
const act = (deed: Parameters<Stage['lab']['act']>[3], person = 'ana') =>
  stage.lab.act('line', BOT.account, person, deed);
const answers = (person = 'ana') => phone(person).messages.filter((one) => one.from === 'business');
const userIdOf = (person: string) => stage.lab.people.find((one) => one.id === person)!.line.userId;
/** Paths that the platform called, from an event of the Lab's on. */
const called = (since: number): string[] =>
  stage.lab
    .events(since)
    .flatMap((event) => (event.type === 'request' && event.provider === 'line' ? [event.path] : []));
const now = (): number => stage.lab.events().at(-1)?.seq ?? 0;

beforeAll(async () => {
  stage = await openStage();
  stage.lab.configure({ autoReadMs: 20, limits: false });
  shop = createServer((_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end('bytes'));
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  host = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  stage.allow(host);
  const { account, ...credentials } = BOT;
  stage.lab.account({ provider: 'line', account, title: 'Stage', credentials: { ...credentials, basicId: '@stage' } });
  const echo = await stage.api<{ id: string }>('/bots', 'POST', { name: 'Echo', kind: 'echo' });
  channel = await stage.api('/channels', 'POST', {
    type: 'line',
    name: 'LINE',
    config: credentials,
    defaultBotId: echo.id,
  });
  await waitFor(
    async () => (await stage.api<{ status: string }>(`/channels/${channel.id}`)).status === 'active',
    'The channel did not become active.',
  );
}, 60_000);
afterAll(async () => {
  await stage?.stop();
  shop?.close();
});

describe('LINE, end to end', () => {
  it('connects by itself and passes the test that LINE makes', async () => {
    const made = await stage.api<{ config: Record<string, string> }>(`/channels/${channel.id}`);
    expect(made.config).toMatchObject({
      botUserId: BOT.account,
      basicId: '@stage',
      channelSecret: '********',
      channelAccessToken: '********',
    });
  });

  it('carries a message to the bot, and the answer back by the reply token, free', async () => {
    const since = now();
    act({ do: 'text', text: 'Is anybody there?' });
    await waitFor(async () => answers().length === 1, 'No answer came.');
    expect(answers()[0]).toMatchObject({ text: 'Is anybody there?' });
    await waitFor(
      async () => (await messages()).some((one) => one.direction === 'outbound' && one.status === 'sent'),
      'The answer was not settled.',
    );
    expect(called(since)).toContain('/v2/bot/message/reply');
    expect(called(since)).not.toContain('/v2/bot/message/push');
  });

  it('pushes what comes later, and what a used token cannot carry', async () => {
    const { conversationId } = (await messages())[0]!;
    const since = now();
    await stage.api('/messages', 'POST', { conversationId, content: { type: 'text', text: 'One thing more' } });
    await waitFor(async () => answers().at(-1)?.text === 'One thing more', 'It did not come.');
    expect(called(since)).toEqual(['/v2/bot/message/reply', '/v2/bot/message/push']);
    act({ do: 'elapse', hours: 1 });
    await stage.api('/messages', 'POST', { conversationId, content: { type: 'text', text: 'And another' } });
    await waitFor(async () => answers().at(-1)?.text === 'And another', 'It did not come.');
  });

  it('gives the payload of a tapped answer back, and answers the tap for free', async () => {
    const before = answers().length;
    act({ do: 'text', text: 'menu' });
    await waitFor(async () => answers().length > before, 'No menu came.');
    const menu = answers().at(-1)!;
    const blue = menu.buttons!.flat().find((button) => button.text === 'Blue')!;
    const since = now();
    act({ do: 'tap', messageId: menu.id, buttonId: blue.id });
    await waitFor(async () => Boolean(answers().at(-1)!.text?.includes('Blue it is')), 'The tap was not answered.');
    expect(called(since)[0]).toBe('/v2/bot/message/reply');
    expect((await messages()).find((one) => one.content.type === 'event')?.content.payload).toBe('colour:Blue');
  });

  it('keeps every kind that a customer can send, and forgets what was unsent', async () => {
    const base64 = Buffer.from('bytes').toString('base64');
    act({ do: 'image', filename: 'p.png', mimeType: 'image/png', base64 }, 'kofi');
    act({ do: 'video', filename: 'v.mp4', mimeType: 'video/mp4', base64 }, 'kofi');
    act({ do: 'audio', filename: 'a.m4a', mimeType: 'audio/mp4', base64 }, 'kofi');
    act({ do: 'document', filename: 'd.pdf', mimeType: 'application/pdf', base64 }, 'kofi');
    act({ do: 'location', latitude: 5.6, longitude: -0.18, name: 'Home' }, 'kofi');
    act({ do: 'sticker', emoji: '👋' }, 'kofi');
    await waitFor(async () => answers('kofi').length === 6, 'Not everything was answered.');
    const kinds = (await messages()).filter((one) => one.direction === 'inbound').map((one) => one.content.type);
    for (const kind of ['image', 'video', 'audio', 'document', 'location', 'sticker']) expect(kinds).toContain(kind);
    await waitFor(async () => {
      const files = (await messages()).filter((one) => one.direction === 'inbound' && one.content.media);
      const fetched = files.filter((one) => one.content.type !== 'sticker' && one.content.media?.url);
      return fetched.length === 4;
    }, 'Not every file was fetched.');
    const secret = act({ do: 'text', text: 'Forget that I said this' }, 'kofi')!;
    const found = async () =>
      (await messages()).filter((one) => one.content.text === 'Forget that I said this' && one.direction === 'inbound');
    await waitFor(async () => (await found()).length === 1, 'It did not come.');
    act({ do: 'unsend', messageId: secret }, 'kofi');
    await waitFor(async () => (await found()).length === 0, 'It was not forgotten.');
  });

  it('lets the customer see that a member has read their message', async () => {
    const asked = (one: Wire) => one.content.text === 'Is anybody there?' && one.direction === 'inbound';
    const { conversationId } = (await messages()).find(asked)!;
    await waitFor(async () => phone().messages[0]!.status === 'accepted', 'The message was not taken.');
    await stage.api(`/conversations/${conversationId}/read`, 'POST', {});
    await waitFor(async () => phone().messages[0]!.status === 'read', 'The message was not marked as read.');
  });

  it('quotes what it answers, and knows what is quoted', async () => {
    const [question] = (await messages()).filter((one) => one.content.text === 'Is anybody there?').slice(-1);
    const { conversationId } = question!;
    const first = phone().messages[0]!.id;
    await stage.api('/messages', 'POST', {
      conversationId,
      replyTo: question!.id,
      content: { type: 'text', text: 'Yes, as you asked' },
    });
    await waitFor(async () => answers().at(-1)?.text === 'Yes, as you asked', 'It did not come.');
    expect(answers().at(-1)!.replyTo).toBe(first);
    act({ do: 'text', text: 'About that', replyTo: first });
    await waitFor(
      async () => (await messages()).some((one) => one.content.text === 'About that' && one.replyTo === question!.id),
      'The quote was not understood.',
    );
  });

  it('keeps a rich menu at LINE, whose taps come in like any other', async () => {
    const richMenu = {
      chatBarText: 'Menu',
      imageUrl: `${host}/menu.png`,
      actions: [
        { type: 'postback', text: 'Blue', payload: 'colour:Blue' },
        { type: 'link', text: 'Shop', url: 'https://shop.example.com/' },
      ],
    };
    await stage.api(`/channels/${channel.id}/settings`, 'PATCH', { richMenu });
    expect(
      phone()
        .menu?.flat()
        .map(({ text }) => text),
    ).toEqual(['Blue', 'Shop']);
    act({ do: 'tap', messageId: 'menu', buttonId: 'colour:Blue' });
    await waitFor(async () => Boolean(answers().at(-1)!.text?.includes('Blue it is')), 'The tap was not answered.');
    await stage.api(`/channels/${channel.id}/settings`, 'PATCH', { richMenu: null });
    expect(phone().menu).toBeUndefined();
  });

  it('learns whose deep link led there', async () => {
    act({ do: 'start', payload: '/start lnk_1' }, 'lea');
    await waitFor(async () => answers('lea').length > 0, 'No answer came.');
    const { rows } = await stage.db.query(
      "select data from events where type = 'channel.referral' and channel_id = $1",
      [channel.id.slice(3)],
    );
    expect(rows.map((row) => row.data as object)).toMatchObject([{ source: 'deep_link', code: 'lnk_1' }]);
  });

  it('writes to nobody who has blocked it, until they come back', async () => {
    act({ do: 'text', text: 'hello' }, 'jurgen');
    await waitFor(async () => answers('jurgen').length === 1, 'No answer came.');
    act({ do: 'block' }, 'jurgen');
    const where = { channelId: channel.id, to: userIdOf('jurgen') };
    await waitFor(
      async () =>
        /opted out|blocked/i.test(
          (await sendAndSettle(stage, where, { type: 'text', text: 'Come back' })).reason ?? '',
        ),
      'The block was not heard of.',
    );
    act({ do: 'text', text: 'I am back' }, 'jurgen');
    await waitFor(async () => answers('jurgen').at(-1)?.text === 'I am back', 'The block was not lifted.');
  });

  it('ends every kind as sent with its words, or as refused with a reason', async () => {
    act({ do: 'text', text: 'I am Yuki' }, 'yuki');
    await waitFor(async () => answers('yuki').length === 1, 'No answer came.');
    const where = { channelId: channel.id, to: userIdOf('yuki') };
    for (const [name, { content, words }] of Object.entries(everyKind(host))) {
      const before = answers('yuki').length;
      const ending = await sendAndSettle(stage, where, content);
      if (name === 'reaction') {
        expect(ending, name).toMatchObject({ reason: expect.stringMatching(/\w/) });
        continue;
      }
      expect(ending, name).toMatchObject({ status: 'sent' });
      const shown = JSON.stringify(answers('yuki').slice(before));
      for (const word of words) expect(shown, name).toContain(word);
    }
  }, 60_000);

  it('comes through a bad day, and says each push once though no answer came to it', async () => {
    const where = { channelId: channel.id, to: userIdOf('layla') };
    act({ do: 'text', text: 'hello' }, 'layla');
    await waitFor(async () => answers('layla').length === 1, 'No answer came.');
    act({ do: 'elapse', hours: 1 }, 'layla');
    stage.lab.misbehave({ line: { rateLimit: 0.3, serverError: 0.3 }, seed: 3 });
    const said = Array.from({ length: 3 }, (_, i) => `Message ${i}`);
    for (const text of said) await sendAndSettle(stage, where, { type: 'text', text }, 40_000);
    stage.lab.misbehave({ line: { rateLimit: 0, serverError: 0 } });
    expect(
      answers('layla')
        .map((one) => one.text)
        .slice(1),
    ).toEqual(said);
  }, 60_000);
});
