import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTelegram, connectWhatsApp, waitFor } from '../stage/channels.ts';
import { openStage, type Stage } from '../stage/inside.ts';

/** Files both ways: a customer's picture is stored and served by a link of ours; a stored file goes out on each channel. */

const PNG = Buffer.concat([
  Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010806000000', 'hex'),
  randomBytes(20_000),
]);
const PDF = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(9_000)]);

interface Media {
  mediaId: string;
  url: string;
  mimeType: string;
  size: number;
  filename?: string;
  error?: string;
}
interface Wire {
  id: string;
  status: string;
  direction: string;
  from: string;
  content: { type: string; text?: string; media: Media };
  failedReason?: string;
  metadata: Record<string, unknown>;
}
interface Drawn {
  id: string;
  from: string;
  kind: string;
  text?: string;
  mediaUrl?: string;
  filename?: string;
}

let stage: Stage;
const channels: Record<string, { id: string; account: string }> = {};
const messagesOf = async (channel: string): Promise<Wire[]> =>
  (await stage.api<{ data: Wire[] }>(`/messages?channelId=${channels[channel]!.id}&limit=50`)).data;
const phone = (channel: string): string => `/lab/phones/${channel}/${channels[channel]!.account}/ana`;
const drawnOn = async (channel: string): Promise<Drawn[]> =>
  (await stage.ask<{ messages: Drawn[] }>(phone(channel))).messages;

async function bytesAt(url: string): Promise<Buffer> {
  const answer = await fetch(new URL(url, stage.lab.url).href.replace('//localhost:', '//127.0.0.1:'));
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}
async function upload(bytes: Buffer, filename: string, mimeType: string): Promise<{ id: string; url: string }> {
  return stage.api('/media/upload', 'POST', { content: bytes.toString('base64'), filename, mimeType });
}
/** Sends on a channel and waits until it has gone, or has not. */
async function send(channel: string, to: string, content: unknown): Promise<Wire> {
  const sent = await stage.api<Wire>('/messages', 'POST', { channelId: channels[channel]!.id, to, content });
  let told = sent;
  await waitFor(
    async () => {
      told = await stage.api<Wire>(`/messages/${sent.id}`);
      return told.status !== 'pending';
    },
    `The message stayed pending: ${JSON.stringify(told)}`,
  );
  return told;
}

beforeAll(async () => {
  stage = await openStage();
  stage.lab.configure({ limits: false });
  const platform = { url: stage.app.url, api: stage.api } as never;
  const lab = { url: stage.lab.url, ask: stage.ask } as never;
  channels.telegram = { ...(await connectTelegram(platform, lab)), account: '7000000001' };
  channels.whatsapp = { ...(await connectWhatsApp(platform, lab)), account: '106540000000001' };
});
afterAll(() => stage.stop());

describe.each(['telegram', 'whatsapp'])('on %s', (channel) => {
  it('a picture from a phone is stored and served by our link, and the log tells', async () => {
    await stage.ask(`${phone(channel)}/acts`, 'POST', {
      do: 'image',
      filename: 'parcel.png',
      mimeType: 'image/png',
      base64: PNG.toString('base64'),
      caption: 'It came like this',
    });
    let wire: Wire | undefined;
    await waitFor(async () => {
      wire = (await messagesOf(channel)).find(({ direction }) => direction === 'inbound');
      return wire?.content.media.size !== undefined && wire.content.media.mimeType !== undefined;
    }, 'The picture did not come.');
    const { media } = wire!.content;
    expect(wire!.content).toMatchObject({ type: 'image', text: 'It came like this' });
    expect(media.url).toContain(`${stage.app.url.replace('127.0.0.1', 'localhost')}/media/${media.mediaId}?`);
    expect((await bytesAt(media.url)).equals(PNG)).toBe(true);
    // Telegram told a size before we had the file; the event tells when we have.
    await waitFor(async () => {
      const told = await stage.db.query<{ data: { media: Media } }>(
        "select data from events where type = 'message.updated' and subject_id = $1",
        [wire!.id.slice(4)],
      );
      return told.rows[0]?.data.media.size === PNG.length && told.rows[0].data.media.mimeType === 'image/png';
    }, 'No event told of the file.');
    const trace = await stage.api<{ steps: { title: string; detail?: string }[] }>(`/messages/${wire!.id}/trace`);
    expect(trace.steps).toContainEqual(
      expect.objectContaining({ title: 'Its file was fetched and kept.', detail: `image/png, ${PNG.length} bytes` }),
    );
  });

  it('a stored file goes out, byte for byte', async () => {
    const to = (await messagesOf(channel))[0]!.from;
    const { id } = await upload(PDF, 'invoice.pdf', 'application/pdf');
    const sent = await send(channel, to, { type: 'document', text: 'Your invoice', media: { mediaId: id } });
    expect(['sent', 'delivered', 'read'], sent.failedReason).toContain(sent.status);
    await waitFor(
      async () => (await drawnOn(channel)).some((one) => one.kind === 'document'),
      'No document was drawn.',
    );
    const drawn = (await drawnOn(channel)).find((one) => one.kind === 'document')!;
    expect(drawn).toMatchObject({ from: 'business', text: 'Your invoice', filename: 'invoice.pdf' });
    expect((await bytesAt(drawn.mediaUrl!)).equals(PDF)).toBe(true);
  });
});
