import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOT, connectTelegram, waitFor } from '../stage/channels.ts';
import { openStage, type Stage } from '../stage/inside.ts';
import { everyKind, sendAndSettle } from '../stage/kinds.ts';

/** Telegram's road from end to end: the platform on one side, the Bot API as the Lab plays it on the other. */

interface Wire {
  id: string;
  direction: string;
  content: { type: string; text?: string; payload?: string; media?: { mediaId?: string; size?: number } };
  groupKey?: string;
  editedAt?: string;
  metadata: { reactions?: Record<string, string> };
}

let stage: Stage;
let shop: Server;
let host: string;
let channel: { id: string };

const messages = async (): Promise<Wire[]> =>
  (await stage.api<{ data: Wire[] }>(`/messages?channelId=${channel.id}&limit=100`)).data;
const act = (deed: Parameters<Stage['lab']['act']>[3], person = 'ana') =>
  stage.lab.act('telegram', BOT.id, person, deed);
const phone = (person = 'ana') => stage.lab.phone('telegram', BOT.id, person);
const answers = (person = 'ana') => phone(person).messages.filter((one) => one.from === 'business');
const chatOf = (person: string): string => String(stage.lab.people.find((one) => one.id === person)!.telegram.id);

beforeAll(async () => {
  stage = await openStage();
  stage.lab.configure({ limits: false });
  shop = createServer((_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end('bytes'));
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  host = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  stage.allow(host);
  const echo = await stage.api<{ id: string }>('/bots', 'POST', { name: 'Echo', kind: 'echo' });
  const platform = { url: stage.app.url, api: stage.api } as never;
  const lab = { url: stage.lab.url, ask: stage.ask } as never;
  channel = await connectTelegram(platform, lab, { defaultBotId: echo.id });
}, 60_000);
afterAll(async () => {
  await stage?.stop();
  shop?.close();
});

describe('Telegram, end to end', () => {
  it('gives the payload of a tapped button back', async () => {
    act({ do: 'text', text: 'menu' });
    await waitFor(async () => answers().length === 1, 'No menu came.');
    const menu = answers()[0]!;
    const blue = menu.buttons!.flat().find((button) => button.text === 'Blue')!;
    act({ do: 'tap', messageId: menu.id, buttonId: blue.id });
    await waitFor(async () => answers().at(-1)!.text!.includes('Blue it is'), 'The tap was not answered.');
    expect((await messages()).map((one) => one.content.payload)).toContain('colour:Blue');
  });

  it('keeps every kind that a customer can send, with its file', async () => {
    const base64 = Buffer.from('bytes').toString('base64');
    act({ do: 'image', filename: 'p.png', mimeType: 'image/png', base64, caption: 'Look' }, 'kofi');
    act({ do: 'video', filename: 'v.mp4', mimeType: 'video/mp4', base64 }, 'kofi');
    act({ do: 'audio', filename: 'a.mp3', mimeType: 'audio/mpeg', base64 }, 'kofi');
    act({ do: 'audio', filename: 'a.ogg', mimeType: 'audio/ogg', base64 }, 'kofi');
    act({ do: 'document', filename: 'd.pdf', mimeType: 'application/pdf', base64 }, 'kofi');
    act({ do: 'location', latitude: 5.6, longitude: -0.18 }, 'kofi');
    act({ do: 'contact' }, 'kofi');
    act({ do: 'sticker', emoji: '👋' }, 'kofi');
    await waitFor(async () => answers('kofi').length === 8, 'Not everything was answered.');
    const kinds = (await messages()).filter((one) => one.direction === 'inbound').map((one) => one.content.type);
    for (const kind of ['image', 'video', 'audio', 'document', 'location', 'contact', 'sticker'])
      expect(kinds).toContain(kind);
    expect(kinds).not.toContain('unsupported');
    await waitFor(async () => {
      const { rows } = await stage.db.query<{ state: string }>('select state from media where channel_id = $1', [
        channel.id.slice(3),
      ]);
      return rows.length >= 6 && rows.every((row) => row.state === 'stored');
    }, 'Not every file was stored.');
  });

  it('follows edits and reactions', async () => {
    act({ do: 'text', text: 'Helo' }, 'lea');
    await waitFor(async () => answers('lea').length === 1, 'No answer came.');
    const mine = phone('lea').messages.find((one) => one.from === 'customer')!;
    act({ do: 'edit', messageId: mine.id, text: 'Hello' }, 'lea');
    act({ do: 'react', messageId: answers('lea')[0]!.id, emoji: '👍' }, 'lea');
    await waitFor(async () => {
      const all = await messages();
      const edited = all.find((one) => one.content.text === 'Hello' && one.editedAt);
      return edited !== undefined && all.some((one) => Object.values(one.metadata.reactions ?? {}).includes('👍'));
    }, 'The edit or the reaction was not heard of.');
  });

  it('hears of whoever came by a deep link, and keeps silent after /stop', async () => {
    act({ do: 'start', payload: 'spring-sale' }, 'jurgen');
    await waitFor(async () => {
      const { rows } = await stage.db.query<{ data: { code?: string } }>(
        "select data from events where type = 'channel.referral' and channel_id = $1",
        [channel.id.slice(3)],
      );
      return rows.some(({ data }) => data.code === 'spring-sale');
    }, 'The link was not heard of.');
    act({ do: 'text', text: '/stop' }, 'jurgen');
    const where = { channelId: channel.id, to: chatOf('jurgen') };
    await waitFor(
      async () => /opted out/i.test((await sendAndSettle(stage, where, { type: 'text', text: 'Sale!' })).reason ?? ''),
      'The stop was not heard of.',
    );
  });

  it('keeps commands, menu button and descriptions at Telegram', async () => {
    const path = `/channels/${channel.id}/settings`;
    const settings = {
      commands: [{ command: 'menu', description: 'What we have' }],
      menuButton: { text: 'Shop', url: 'https://shop.example.com/' },
      description: 'Ask us anything.',
      shortDescription: 'The coffee shop',
    };
    expect(await stage.api(path, 'PATCH', settings)).toEqual(settings);
    expect(await stage.api(path)).toEqual(settings);
    expect(phone('yuki').starters?.map(({ text }) => text)).toEqual(['Start', '/menu · What we have']);
    expect(await stage.api(path, 'PATCH', { commands: null, menuButton: null, description: null })).toEqual({
      shortDescription: 'The coffee shop',
    });
    for (const wrong of [
      { commands: [{ command: 'Not One', description: 'x' }] },
      { menuButton: { text: 'x', url: 'http://a' } },
    ])
      await expect(stage.api(path, 'PATCH', wrong)).rejects.toThrow(' 400');
  });

  it('ends every kind as sent with its words, or as refused with a reason', async () => {
    act({ do: 'text', text: 'I am Yuki' }, 'yuki');
    await waitFor(async () => answers('yuki').length === 1, 'No answer came.');
    const where = { channelId: channel.id, to: chatOf('yuki') };
    for (const [name, { content, words }] of Object.entries(everyKind(host))) {
      const before = answers('yuki').length;
      const ending = await sendAndSettle(stage, where, content);
      // A reaction that names no message has nothing to stand under.
      if (name === 'reaction') {
        expect(ending, name).toMatchObject({ reason: expect.stringMatching(/\w/) });
        continue;
      }
      expect(ending, name).toMatchObject({ status: 'sent' });
      const shown = JSON.stringify(answers('yuki').slice(before));
      for (const word of words) expect(shown.includes(word) || name, `${name}: ${word}`).toBe(true);
    }
  }, 60_000);

  it('comes through a bad day: what was refused and doubled is said once', async () => {
    stage.lab.misbehave({ telegram: { rateLimit: 0.3, serverError: 0.3, duplicate: 0.5, reorder: 0.3 }, seed: 7 });
    const said = Array.from({ length: 4 }, (_, i) => `Message ${i}`);
    for (const text of said) act({ do: 'text', text }, 'layla');
    await waitFor(async () => answers('layla').length === 4, 'Not everything was answered.', 40_000);
    stage.lab.misbehave({ telegram: { rateLimit: 0, serverError: 0, duplicate: 0, reorder: 0 } });
    expect(new Set(answers('layla').map((one) => one.text))).toEqual(new Set(said));
  }, 60_000);
});
