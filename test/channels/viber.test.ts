import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../stage/channels.ts';
import { openStage, type Stage } from '../stage/inside.ts';
import { everyKind, sendAndSettle } from '../stage/kinds.ts';

/** Viber's road from end to end: the platform on one side, Viber as the Lab plays it on the other. */

const BOT = { account: 'pa:5000000000000000001', authToken: 'stage-viber-token-0001', uri: 'stagebot' };

interface Wire {
  id: string;
  direction: string;
  status: string;
  contentType: string;
  content: { type: string; text?: string; payload?: string; media?: { mediaId?: string; url?: string } };
  conversationId: string;
  metadata: Record<string, unknown>;
}

let stage: Stage;
let shop: Server;
let host: string;
let channel: { id: string };

const messages = async (): Promise<Wire[]> =>
  (await stage.api<{ data: Wire[] }>(`/messages?channelId=${channel.id}&limit=100`)).data;
const phone = (person = 'ana') => stage.lab.phone('viber', BOT.account, person);
const act = (deed: Parameters<Stage['lab']['act']>[3], person = 'ana') =>
  stage.lab.act('viber', BOT.account, person, deed);
const answers = (person = 'ana') => phone(person).messages.filter((one) => one.from === 'business');

beforeAll(async () => {
  stage = await openStage();
  stage.lab.configure({ autoReadMs: 20, limits: false });
  shop = createServer((_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end('bytes'));
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  host = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  stage.allow(host);
  stage.lab.account({ provider: 'viber', account: BOT.account, title: 'Stage', credentials: BOT });
  const echo = await stage.api<{ id: string }>('/bots', 'POST', { name: 'Echo', kind: 'echo' });
  channel = await stage.api('/channels', 'POST', {
    type: 'viber',
    name: 'Viber',
    config: { authToken: BOT.authToken, welcomeMessage: 'Welcome to the stage!' },
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

describe('Viber, end to end', () => {
  it('connects by itself: Viber calls the URL and keeps it', async () => {
    const made = await stage.api<{ config: Record<string, string> }>(`/channels/${channel.id}`);
    expect(made.config).toMatchObject({ senderName: 'Stage', accountId: BOT.account, accountUri: BOT.uri });
    expect(made.config.authToken).toBe('********');
  });

  it('carries a message to the bot, the answer back, and its receipts up to read', async () => {
    act({ do: 'text', text: 'Is anybody there?' });
    await waitFor(
      async () => (await messages()).some((one) => one.direction === 'outbound' && one.status === 'read'),
      'The answer was never read.',
    );
    expect(answers().at(-1)).toMatchObject({ text: 'Is anybody there?' });
    const question = (await messages()).find((one) => one.direction === 'inbound')!;
    expect(question.metadata).toMatchObject({ profileName: expect.stringContaining('Ana') });
  });

  it('gives the payload of a tapped button back, whether it speaks or keeps silent', async () => {
    const before = answers().length;
    act({ do: 'text', text: 'menu' });
    await waitFor(async () => answers().length > before, 'No menu came.');
    const menu = answers().at(-1)!;
    const blue = menu.buttons!.flat().find((button) => button.text === 'Blue')!;
    act({ do: 'tap', messageId: menu.id, buttonId: blue.id });
    await waitFor(async () => answers().at(-1)!.text!.includes('Blue it is'), 'The tap was not answered.');
    const sizes = answers().at(-1)!;
    const large = sizes.buttons!.flat().find((button) => button.text === 'Large')!;
    act({ do: 'tap', messageId: sizes.id, buttonId: large.id });
    await waitFor(async () => answers().at(-1)!.text!.includes('Noted'), 'The choice was not answered.');
    expect((await messages()).filter((one) => one.content.type === 'event').map((one) => one.content.payload)).toEqual(
      expect.arrayContaining(['colour:Blue', 'size:Blue, large']),
    );
  });

  it('keeps every kind that a customer can send', async () => {
    const base64 = Buffer.from('bytes').toString('base64');
    act({ do: 'image', filename: 'p.png', mimeType: 'image/png', base64, caption: 'Look' }, 'kofi');
    act({ do: 'video', filename: 'v.mp4', mimeType: 'video/mp4', base64 }, 'kofi');
    act({ do: 'audio', filename: 'a.mp3', mimeType: 'audio/mpeg', base64 }, 'kofi');
    act({ do: 'document', filename: 'd.pdf', mimeType: 'application/pdf', base64 }, 'kofi');
    act({ do: 'location', latitude: 5.6, longitude: -0.18 }, 'kofi');
    act({ do: 'contact' }, 'kofi');
    act({ do: 'sticker', emoji: '👋' }, 'kofi');
    await waitFor(async () => answers('kofi').length === 7, 'Not everything was answered.');
    const kinds = (await messages()).filter((one) => one.direction === 'inbound').map((one) => one.content.type);
    for (const kind of ['image', 'video', 'audio', 'document', 'location', 'contact', 'sticker'])
      expect(kinds).toContain(kind);
    expect(kinds).not.toContain('unsupported');
    await waitFor(async () => {
      const files = (await messages()).filter((one) => one.direction === 'inbound' && one.content.media);
      return files.length === 5 && files.every((one) => one.content.media!.mediaId);
    }, 'Not every file was kept.');
  });

  it('welcomes whoever opens the chat, and learns whose deep link led there', async () => {
    act({ do: 'start', payload: 'lnk_1' }, 'lea');
    await waitFor(async () => answers('lea').length === 1, 'No welcome came.');
    expect(answers('lea')[0]).toMatchObject({ text: 'Welcome to the stage!' });
    const { rows } = await stage.db.query(
      "select data from events where type = 'channel.referral' and channel_id = $1",
      [channel.id.slice(3)],
    );
    expect(rows.map((row) => row.data as object)).toMatchObject([{ source: 'deep_link', code: 'lnk_1' }]);
  });

  it('writes to nobody who has left, until they write again', async () => {
    act({ do: 'text', text: 'hello' }, 'jurgen');
    await waitFor(async () => answers('jurgen').length === 1, 'No answer came.');
    act({ do: 'unfollow' }, 'jurgen');
    const where = { channelId: channel.id, to: stage.lab.people.find((one) => one.id === 'jurgen')!.viber.id };
    const words = { type: 'text', text: 'Come back' } as const;
    await waitFor(
      async () => /opted out|blocked/i.test((await sendAndSettle(stage, where, words)).reason ?? ''),
      'The block was not heard of.',
    );
    act({ do: 'text', text: 'I am back' }, 'jurgen');
    await waitFor(async () => answers('jurgen').at(-1)?.text === 'I am back', 'The block was not lifted.');
  });

  it('ends every kind as sent with its words, or as refused with a reason', async () => {
    act({ do: 'text', text: 'I am Yuki' }, 'yuki');
    await waitFor(async () => answers('yuki').length === 1, 'No answer came.');
    const where = { channelId: channel.id, to: stage.lab.people.find((one) => one.id === 'yuki')!.viber.id };
    for (const [name, { content, words }] of Object.entries(everyKind(host))) {
      const before = answers('yuki').length;
      const ending = await sendAndSettle(stage, where, content);
      if (name === 'reaction') {
        expect(ending, name).toMatchObject({ reason: expect.stringMatching(/\w/) });
        continue;
      }
      expect(ending, name).toMatchObject({ status: expect.stringMatching(/^(sent|delivered|read)$/) });
      const shown = JSON.stringify(answers('yuki').slice(before));
      for (const word of words) expect(shown, name).toContain(word);
    }
  }, 60_000);

  it('comes through a bad day: what was refused, lost and doubled is said once', async () => {
    stage.lab.misbehave({ viber: { rateLimit: 0.3, serverError: 0.3, duplicate: 0.5, reorder: 0.3 }, seed: 7 });
    const before = answers('layla').length;
    const said = Array.from({ length: 4 }, (_, i) => `Message ${i}`);
    for (const text of said) act({ do: 'text', text }, 'layla');
    await waitFor(async () => answers('layla').length === before + 4, 'Not everything was answered.', 40_000);
    stage.lab.misbehave({ viber: { rateLimit: 0, serverError: 0, duplicate: 0, reorder: 0 } });
    expect(new Set(answers('layla').map((one) => one.text))).toEqual(new Set(said));
  }, 60_000);
});
