import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectWhatsApp, NUMBER, waitFor } from '../stage/channels.ts';
import { openStage, type Stage } from '../stage/inside.ts';
import { everyKind, sendAndSettle } from '../stage/kinds.ts';

/** WhatsApp's road from end to end, for what the roads’ own journey leaves out: every kind of content, and what a person does with it. */

let stage: Stage;
let shop: Server;
let host: string;
let channel: { id: string };

const act = (deed: Parameters<Stage['lab']['act']>[3]) => stage.lab.act('whatsapp', NUMBER.phoneNumberId, 'ana', deed);
const answers = () =>
  stage.lab.phone('whatsapp', NUMBER.phoneNumberId, 'ana').messages.filter((one) => one.from === 'business');
const to = () => stage.lab.people[0]!.phone;
interface Wire {
  direction: string;
  content: { type: string; payload?: string; text?: string };
}
const heard = async (): Promise<Wire[]> =>
  (await stage.api<{ data: Wire[] }>(`/messages?channelId=${channel.id}&direction=inbound&limit=50`)).data;

beforeAll(async () => {
  stage = await openStage();
  stage.lab.configure({ autoReadMs: 20, limits: false });
  shop = createServer((request, response) => {
    const types: Record<string, string> = {
      png: 'image/png',
      mp4: 'video/mp4',
      mp3: 'audio/mpeg',
      pdf: 'application/pdf',
    };
    response
      .writeHead(200, { 'content-type': types[request.url?.split('.').at(-1) ?? ''] ?? 'image/png' })
      .end('bytes');
  });
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  host = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  stage.allow(host);
  channel = await connectWhatsApp({ ...stage, url: stage.app.url } as never, { ...stage, url: stage.lab.url } as never);
  act({ do: 'text', text: 'Hello' });
  await waitFor(async () => (await heard()).length === 1, 'Ana did not arrive.');
}, 60_000);
afterAll(async () => {
  await stage?.stop();
  shop?.close();
});

describe('WhatsApp, end to end', () => {
  it('says every kind of content with its words, or refuses it with a reason', async () => {
    for (const [name, { content, words }] of Object.entries(everyKind(host))) {
      const before = answers().length;
      const ending = await sendAndSettle(stage, { channelId: channel.id, to: to() }, content);
      // A reaction that names no message, and a template that Meta has not approved, have no way to go.
      if (name === 'reaction' || name === 'template') {
        expect(ending, name).toMatchObject({ reason: expect.stringMatching(/\w/) });
        continue;
      }
      expect(['sent', 'delivered', 'read'], `${name}: ${ending.reason}`).toContain(ending.status);
      const shown = JSON.stringify(answers().slice(before));
      for (const word of words) expect(shown, name).toContain(word);
    }
  }, 90_000);

  it('gives back the payload of what is tapped and of what is chosen from a list', async () => {
    const { buttons, list } = everyKind(host);
    await sendAndSettle(stage, { channelId: channel.id, to: to() }, buttons!.content);
    const withButtons = answers().findLast((one) => one.buttons?.flat().some(({ text }) => text === 'Blue'))!;
    act({
      do: 'tap',
      messageId: withButtons.id,
      buttonId: withButtons.buttons!.flat().find(({ text }) => text === 'Blue')!.id,
    });
    await waitFor(
      async () => (await heard()).some(({ content }) => content.payload === 'c:blue'),
      'The tap did not arrive.',
    );
    await sendAndSettle(stage, { channelId: channel.id, to: to() }, list!.content);
    const withList = answers().findLast((one) => one.list)!;
    const row = withList.list!.sections.flatMap((section) => section.rows).find(({ title }) => title === 'Salad')!;
    act({ do: 'choose', messageId: withList.id, rowId: row.id });
    await waitFor(
      async () => (await heard()).some(({ content }) => content.payload === 'd:salad'),
      'The choice did not arrive.',
    );
  });
});
