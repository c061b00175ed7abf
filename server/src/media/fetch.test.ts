import type { ChannelAdapter, InboundEvent, InboundRequest, OpenMedia } from '@tributary/channels';
import { type Content, type Media, SendError } from '@tributary/protocol';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/harness/database.ts';
import { waitFor } from '../../../test/stage/channels.ts';
import { type IntakeLine, openIntake } from '../inbound/intake.ts';
import { openPage } from '../inbound/journal.ts';
import { adapterOf, makeChannel, makeWorkspace, SEAL, TELEGRAM } from '../inbound/testing.ts';
import type { Lookout } from '../outbound/lookout.ts';
import { type Db, openDb } from '../store/db.ts';
import { type Channel, openRegistry, type Registry } from '../store/registry.ts';
import { type FetchOptions, startFetcher } from './fetch.ts';
import { testFiles } from './testing.ts';

/** Fetching on a real database: what is named by a message comes, once, or is told to be lost; what is erased goes. */

let fresh: FreshDatabase;
let db: Db;
let registry: Registry;
let channel: Channel;
let line: IntakeLine;
let files: ReturnType<typeof testFiles>;
let fetchers: Lookout[] = [];
/** What the provider answers, and how often it was asked. */
let provider: (media: Media, request: InboundRequest) => Promise<OpenMedia>;
let asked = 0;
let said = 1;

const JPEG = Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), Buffer.alloc(5_000, 7)]);
async function* chunks(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}
const jpeg = async (): Promise<OpenMedia> => ({
  body: chunks(JPEG.subarray(0, 10), JPEG.subarray(10)),
  mimeType: 'image/png',
});

function work(options: Partial<FetchOptions> = {}): Lookout {
  const adapter = (type: string): ChannelAdapter => ({
    ...adapterOf(type),
    fetchMedia: (media, _config, _io, request) => {
      asked++;
      return provider(media, request);
    },
  });
  const fetcher = startFetcher({
    db,
    registry,
    adapterOf: adapter,
    ioFor: () => ({}) as never,
    files,
    openPage: (page) => openPage(page, SEAL),
    log: pino({ level: 'silent' }),
    committed() {},
    random: () => 0,
    options: { pollMs: 20, leaseSeconds: 1, ...options },
  });
  fetchers.push(fetcher);
  return fetcher;
}

/** Something happens on the channel, told by one request. */
async function accept(...events: Partial<InboundEvent>[]): Promise<void> {
  const whole = events.map(
    (event) => ({ account: channel.account, at: new Date(), raw: {}, ...event }) as InboundEvent,
  );
  const request: InboundRequest = {
    via: 'http',
    method: 'POST',
    publicUrl: 'https://hooks.example.com/',
    headers: {},
    body: Buffer.from('the raw request'),
    receivedAt: new Date(),
  };
  await line.accept([{ channel, request, events: whole, adapter: 'test@1' }]);
}
const from = { kind: 'user_id' as const, value: '501' };
async function say(content: Content, more: object = {}): Promise<string> {
  const externalId = `501:${said++}`;
  const thread = { key: '501', kind: 'direct' as const };
  await accept({
    type: 'message',
    key: `message:${externalId}`,
    externalId,
    from,
    thread,
    content,
    attachments: [],
    ...more,
  });
  return externalId;
}
const photo = (ref: Record<string, unknown> = { file_id: 'A' }): Content => ({ type: 'image', media: { ref } });

interface Row {
  id: string;
  content: { media: Media; attachments?: { media: Media }[] };
}
const messageOf = async (externalId: string): Promise<Row> =>
  (await db.query<Row>('select id, content from messages where external_id = $1', [externalId])).rows[0]!;
const mediaOf = async (externalId: string) =>
  (
    await db.query<{ id: string; state: string; attempts: number; error: string | null }>(
      'select f.id, f.state, f.attempts, f.error from media f join messages m on m.id = f.message_id where m.external_id = $1 order by f.id',
      [externalId],
    )
  ).rows;
const settled = (externalId: string, state: string): Promise<void> =>
  waitFor(async () => {
    const rows = await mediaOf(externalId);
    return rows.length > 0 && rows.every((row) => row.state === state);
  }, `Not every file became ${state}.`);
async function read(mediaId: string | undefined): Promise<Buffer> {
  const file = await files.open(channel.workspaceId, mediaId ?? '', { maxBytes: 1e6 });
  const parts: Uint8Array[] = [];
  for await (const part of file.body) parts.push(part);
  return Buffer.concat(parts);
}

beforeAll(async () => {
  fresh = await freshDatabase();
  db = openDb({ ...fresh.connection, max: 8 });
  channel = await makeChannel(db, await makeWorkspace(db), 'telegram', TELEGRAM);
  registry = await openRegistry(db, SEAL, 60_000);
  files = testFiles(db);
  line = openIntake({ db, seal: SEAL, committed() {}, fault: (_, error) => expect(error).toBeUndefined() });
});
afterAll(async () => {
  registry.stop();
  await db.end();
  await files.drop();
  await fresh.drop();
});
beforeEach(() => {
  provider = jpeg;
  asked = 0;
});
afterEach(async () => {
  for (const fetcher of fetchers) await fetcher.stop();
  fetchers = [];
});

describe('a file that a message names', () => {
  it('has an id and a link from the first moment, and is known once it has come', async () => {
    let raw = '';
    provider = async (_media, request) => {
      raw = Buffer.from(request.body).toString();
      return jpeg();
    };
    const message = await say({
      ...photo(),
      media: { ref: { file_id: 'A' }, url: 'https://provider.example/1', mediaId: 'media_of_somebody_else' },
    } as Content);
    const before = (await messageOf(message)).content.media;
    expect(before.mediaId).toMatch(/^media_[0-9a-f]{32}$/);
    work();
    // Whoever opens it meanwhile waits for it.
    expect((await read(before.mediaId)).equals(JPEG)).toBe(true);
    await settled(message, 'stored');
    expect((await messageOf(message)).content.media).toEqual({
      ref: { file_id: 'A' },
      mediaId: before.mediaId,
      mimeType: 'image/jpeg',
      size: JPEG.length,
    });
    expect(raw).toBe('the raw request');
    const { rows } = await db.query(
      "select e.data from events e join messages m on m.id = e.subject_id where e.type = 'message.updated' and m.external_id = $1",
      [message],
    );
    expect(rows).toEqual([{ data: { media: { mediaId: before.mediaId, mimeType: 'image/jpeg', size: JPEG.length } } }]);
  });

  it('may stand beside others, and each comes', async () => {
    const attachments = [1, 2, 3].map((n) => ({
      type: 'document' as const,
      media: { ref: { file_id: `D${n}` }, filename: `a/${n}.jpg` },
    }));
    const message = await say({ type: 'text', text: 'See' }, { attachments });
    work();
    await settled(message, 'stored');
    const { content } = await messageOf(message);
    expect(content.attachments!.map(({ media }) => [media.filename, media.size])).toEqual(
      [1, 2, 3].map((n) => [`${n}.jpg`, JPEG.length]),
    );
  });

  it('is asked for once, however often its message is told', async () => {
    const message = await say(photo());
    said--;
    await say(photo());
    work();
    await settled(message, 'stored');
    expect([asked, (await mediaOf(message)).length]).toEqual([1, 1]);
  });

  it('is asked for again while its provider has troubles, and waits as long as it says', async () => {
    provider = async () => {
      if (asked === 1) throw new SendError('unavailable');
      if (asked === 2) throw new SendError('rate_limited', { retryAfterMs: 700 });
      return jpeg();
    };
    const message = await say(photo());
    const start = Date.now();
    work();
    await settled(message, 'stored');
    expect(asked).toBe(3);
    expect(Date.now() - start).toBeGreaterThan(1_100);
  });

  it.each([
    [
      'is refused',
      async () => Promise.reject(new SendError('content_refused', { providerMessage: 'The file is gone.' })),
      'The file is gone.',
    ],
    [
      'is too large',
      async () => ({ body: chunks(...Array(30).fill(Buffer.alloc(4 * 1024 * 1024))) }),
      'A file is larger than the channel allows.',
    ],
  ] as const)('that %s is told to be lost, with the reason', async (_how, answer, reason) => {
    provider = answer;
    const message = await say(photo());
    work();
    await settled(message, 'failed');
    const { media } = (await messageOf(message)).content;
    expect(media).toMatchObject({ error: reason, ref: { file_id: 'A' } });
    await expect(read(media.mediaId)).rejects.toMatchObject({ code: 'content_refused' });
  });

  it('is given up after so many tries', async () => {
    provider = async () => {
      throw new SendError('unavailable', { providerMessage: 'Away.' });
    };
    const message = await say(photo());
    work({ maxAttempts: 2 });
    await settled(message, 'failed');
    expect([asked, (await messageOf(message)).content.media.error]).toEqual([2, 'Away.']);
  });

  it('that one process began is finished by another, when the first is gone', async () => {
    provider = () => new Promise(() => {});
    const message = await say(photo());
    const dead = startDead();
    await waitFor(async () => asked === 1, 'Nobody asked.');
    await dead();
    provider = jpeg;
    work();
    await settled(message, 'stored');
    expect((await mediaOf(message))[0]!.attempts).toBe(2);
  });

  it('of one slow channel delays none of another', async () => {
    const other = await makeChannel(db, channel.workspaceId, 'telegram', {
      ...TELEGRAM,
      botToken: '7000000002:TEST-token-of-another-bot-00000001',
    });
    await registry.refresh();
    const mine = channel;
    const slow: (() => void)[] = [];
    provider = (media) =>
      media.ref?.file_id === 'slow' ? new Promise((resolve) => slow.push(() => resolve(jpeg() as never))) : jpeg();
    for (let n = 0; n < 10; n++) await say(photo({ file_id: 'slow' }));
    work({ perChannel: 4 });
    await waitFor(async () => slow.length === 4, 'The slow ones were not begun.');
    channel = other;
    const message = await say(photo({ file_id: 'quick' }));
    await settled(message, 'stored');
    channel = mine;
    expect(slow.length).toBe(4);
    provider = jpeg;
    for (const go of slow) go();
  });
});

/** A fetcher whose process dies at once: its lease is not renewed, and it settles nothing. */
function startDead(): () => Promise<void> {
  let gone = false;
  const mute: Db = {
    ...db,
    tx: (work) => (gone ? new Promise(() => {}) : db.tx(work)),
    query: (text, values) => (gone ? new Promise(() => {}) : db.query(text, values)),
  };
  const real = db;
  db = mute;
  work();
  db = real;
  fetchers.pop();
  return async () => {
    gone = true;
  };
}

describe('a message that is taken back', () => {
  const unsend = (externalId: string) => accept({ type: 'deleted', key: `deleted:${externalId}`, externalId });

  it('takes its files along', async () => {
    const message = await say(photo());
    work();
    await settled(message, 'stored');
    const { mediaId } = (await messageOf(message)).content.media;
    await unsend(message);
    await waitFor(async () => (await mediaOf(message)).length === 0, 'The row stayed.');
    await expect(read(mediaId)).rejects.toMatchObject({ code: 'content_refused' });
    expect(await files.read({ ws: channel.workspaceId, id: mediaId!, size: 1 } as never)).toBeUndefined();
  });

  it('takes along a file that is just being fetched', async () => {
    let go = (): void => {};
    provider = async () => ({
      body: (async function* () {
        await new Promise<void>((resolve) => {
          go = resolve;
        });
        yield JPEG;
      })(),
    });
    const message = await say(photo());
    work();
    await waitFor(async () => asked === 1, 'Nobody asked.');
    const { mediaId } = (await messageOf(message)).content.media;
    await unsend(message);
    go();
    await waitFor(async () => (await mediaOf(message)).length === 0, 'The row stayed.');
    expect(await files.read({ ws: channel.workspaceId, id: mediaId!, size: 1 } as never)).toBeUndefined();
  });
});

describe('an edited message', () => {
  const edit = (externalId: string, content: Content, no: number) =>
    accept({ type: 'edited', key: `edit:${externalId}:${no}`, externalId, content, at: new Date(Date.now() + no) });

  it('keeps a file that is still there, and fetches another that took its place', async () => {
    const message = await say(photo({ file_id: 'A1', file_unique_id: 'A' }));
    work();
    await settled(message, 'stored');
    const before = (await messageOf(message)).content.media;
    await edit(message, { type: 'image', text: 'Words', media: { ref: { file_id: 'A2', file_unique_id: 'A' } } }, 1);
    expect((await messageOf(message)).content).toMatchObject({
      text: 'Words',
      media: { mediaId: before.mediaId, size: JPEG.length, mimeType: 'image/jpeg' },
    });
    expect(asked).toBe(1);
    await edit(message, photo({ file_id: 'B1', file_unique_id: 'B' }), 2);
    await waitFor(async () => (await messageOf(message)).content.media.size === JPEG.length, 'It did not come.');
    expect((await messageOf(message)).content.media.mediaId).not.toBe(before.mediaId);
    expect(asked).toBe(2);
  });
});

it('sweeps away what arrived and was never made use of', async () => {
  const id = await files.keep(channel.workspaceId, await files.spool([JPEG]), 'a.jpg');
  await db.query("update media set created_at = now() - interval '61 minutes' where id = $1", [id]);
  work();
  await waitFor(
    async () => (await db.query('select 1 from media where id = $1', [id])).rowCount === 0,
    'The row stayed.',
  );
  expect(await files.read({ ws: channel.workspaceId, id, size: 1 } as never)).toBeUndefined();
});
