import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startApi, type Tenant, type TestApi, telegramChannel } from './testing.ts';

/** Files through the API: stored, looked up, served by their link, sent, let go. */

const PNG = Buffer.concat([
  Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010806000000', 'hex'),
  Buffer.alloc(3_000),
]);
let api: TestApi;
let a: Tenant;
let b: Tenant;

beforeAll(async () => {
  api = await startApi();
  a = await api.tenant('A');
  b = await api.tenant('B');
});
afterAll(() => api.stop());

/** A form as a browser sends it. */
async function upload(
  tenant: Tenant,
  file: { bytes: Uint8Array; name?: string; type?: string } | undefined,
  fields: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file) form.append('file', new Blob([file.bytes as BlobPart], { type: file.type }), file.name ?? 'file');
  const request = new Request('http://x/', { method: 'POST', body: form });
  const answer = await api.app.inject({
    method: 'POST',
    url: '/api/v1/media/upload',
    headers: { 'x-api-key': tenant.key, 'content-type': request.headers.get('content-type')!, ...headers },
    payload: Buffer.from(await request.arrayBuffer()),
  });
  const body = answer.payload.startsWith('{') ? JSON.parse(answer.payload) : answer.payload;
  return { status: answer.statusCode, body, text: answer.payload, headers: answer.headers };
}

const serve = (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
  api.app.inject({ method, url: url.replace('https://hooks.example.com', ''), headers });

describe('a stored file', () => {
  it('is told by what it is, and served by its link to whoever holds it', async () => {
    const stored = await upload(a, { bytes: PNG, name: 'Cat “1”.png', type: 'text/html' }, { type: 'image' });
    expect(stored.status, stored.text).toBe(201);
    expect(stored.body).toMatchObject({
      type: 'image',
      mimeType: 'image/png',
      size: PNG.length,
      filename: 'Cat “1”.png',
      status: 'stored',
    });
    const served = await serve(stored.body.url);
    expect(served.statusCode).toBe(200);
    expect(served.rawPayload.equals(PNG)).toBe(true);
    expect(served.headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(PNG.length),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'content-disposition': 'inline; filename="Cat _1_.png"; filename*=UTF-8\'\'Cat%20%E2%80%9C1%E2%80%9D.png',
    });
    expect((await a.get(`/media/${stored.body.id}`)).body).toMatchObject({ id: stored.body.id, url: stored.body.url });
    const head = await serve(stored.body.url, {}, 'HEAD');
    expect([head.statusCode, head.headers['content-length'], head.payload]).toEqual([200, String(PNG.length), '']);
    expect((await serve(stored.body.url, { 'if-none-match': String(served.headers.etag) })).statusCode).toBe(304);
  });

  it.each([
    ['bytes=0-9', 206, 'bytes 0-9/3029', PNG.subarray(0, 10)],
    ['bytes=3000-', 206, 'bytes 3000-3028/3029', PNG.subarray(3_000)],
    ['bytes=-5', 206, 'bytes 3024-3028/3029', PNG.subarray(-5)],
    ['bytes=3000-9999', 206, 'bytes 3000-3028/3029', PNG.subarray(3_000)],
    ['bytes=3029-', 416, 'bytes */3029', Buffer.alloc(0)],
    ['bytes=-0', 416, 'bytes */3029', Buffer.alloc(0)],
    ['bytes=9-3', 200, undefined, PNG],
    ['bytes=0-1,5-6', 200, undefined, PNG],
    ['lines=1-2', 200, undefined, PNG],
  ])('answers Range: %s with %i', async (range, status, contentRange, bytes) => {
    const { url } = (await upload(a, { bytes: PNG })).body;
    const served = await serve(url, { range });
    expect([served.statusCode, served.headers['content-range']]).toEqual([status, contentRange]);
    expect(served.rawPayload.equals(bytes)).toBe(true);
  });

  it('is not served by a link that was changed, has expired, or belongs to another workspace', async () => {
    const { url, id } = (await upload(a, { bytes: PNG })).body;
    const other = (await upload(a, { bytes: PNG })).body;
    const changed = [
      url.replace(/until=\d/, 'until=9'),
      url.replace(/signature=./, url.includes('signature=A') ? 'signature=B' : 'signature=A'),
      url.replace(id, other.id),
      url.replace(/\?.*/, ''),
      `${url}&until=1`,
      url.replace(id, '..%2f..%2fkey'),
      api.files.links.sign(b.workspaceId, id, new Date(Date.now() + 60_000)),
      api.files.links.sign(a.workspaceId, id, new Date(Date.now() - 1_000)),
    ];
    for (const link of changed) expect([link, (await serve(link)).statusCode]).toEqual([link, 404]);
    expect((await b.get(`/media/${id}`)).status).toBe(404);
    expect((await b.delete(`/media/${id}`)).status).toBe(404);
    expect((await serve(url)).statusCode).toBe(200);
  });

  it.each([
    ['a page that says it is a picture', '<html><script>alert(1)</script>', 'image/png', 'application/octet-stream'],
    ['a page that says it is sound', '<html><script>alert(1)</script>', 'audio/mpeg', 'application/octet-stream'],
    ['a page', '<!doctype html><p>Hi', 'text/html', 'text/html'],
    [
      'a drawing with a program in it',
      '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
      'image/svg+xml',
      'image/svg+xml',
    ],
    ['a paper', '%PDF-1.7 …', 'image/png', 'application/pdf'],
    ['something nobody knows', 'hello', 'no type', 'application/octet-stream'],
  ])('that is %s is saved and never shown', async (_what, text, type, mimeType) => {
    const { url } = (await upload(a, { bytes: Buffer.from(text), type })).body;
    const served = await serve(url);
    expect(served.headers['content-type']).toBe(mimeType);
    expect(served.headers['content-disposition']).toMatch(/^attachment/);
    expect(served.headers['content-security-policy']).toContain('sandbox');
  });

  it('comes as base64 too, and may be empty', async () => {
    const stored = await a.post('/media/upload', { content: PNG.toString('base64'), filename: '../../etc/passwd' });
    expect(stored.body).toMatchObject({ type: 'image', size: PNG.length, filename: 'passwd' });
    const empty = await upload(a, { bytes: Buffer.alloc(0), name: 'nothing.txt', type: 'text/plain' });
    expect(empty.body).toMatchObject({ type: 'document', size: 0 });
    expect((await serve(empty.body.url)).statusCode).toBe(200);
  });

  it('is refused where the request is none', async () => {
    expect((await upload(a, undefined)).status).toBe(400);
    expect((await upload(a, { bytes: PNG }, { type: 'hologram' })).status).toBe(400);
    expect((await a.post('/media/upload', {})).status).toBe(400);
    expect((await a.post('/media/upload', { content: 'not base64!' })).status).toBe(400);
    expect(
      (await a.call('POST', '/messages', '--x', { 'content-type': 'multipart/form-data; boundary=x' })).status,
    ).toBe(415);
  });

  it('is stored once for one Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'one-file' };
    const first = await upload(a, { bytes: PNG, name: 'a.png' }, {}, key);
    const again = await upload(a, { bytes: PNG, name: 'a.png' }, {}, key);
    expect([again.status, again.body.id, again.headers['idempotent-replayed']]).toEqual([201, first.body.id, 'true']);
    expect((await upload(a, { bytes: PNG, name: 'b.png' }, {}, key)).status).toBe(422);
  });

  it('is gone once it is deleted', async () => {
    const { id, url } = (await upload(a, { bytes: PNG })).body;
    expect((await a.delete(`/media/${id}`)).status).toBe(204);
    expect((await serve(url)).statusCode).toBe(404);
    expect((await a.get(`/media/${id}`)).status).toBe(404);
    expect((await a.delete(`/media/${id}`)).status).toBe(404);
  });
});

describe('a message with a file', () => {
  let channelId: string;
  beforeAll(async () => {
    channelId = (await telegramChannel(api, a)).id;
  });
  const send = (content: unknown) => a.post('/messages', { channelId, to: '42', content });

  it('names a stored file by its id or by its link, and knows what it is', async () => {
    const { id, url } = (await upload(a, { bytes: PNG, name: 'cat.png' })).body;
    for (const media of [{ mediaId: id }, { url }]) {
      const sent = await send({ type: 'image', media });
      expect(sent.status, sent.text).toBe(201);
      expect(sent.body.content.media).toMatchObject({
        mediaId: id,
        mimeType: 'image/png',
        size: PNG.length,
        filename: 'cat.png',
        url: expect.stringContaining(`/media/${id}?`),
      });
      expect((await serve(sent.body.content.media.url)).statusCode).toBe(200);
    }
  });

  it('holds its bytes in base64, which are stored', async () => {
    const sent = await send({
      type: 'text',
      text: 'See',
      attachments: [{ filename: 'cat.png', content: PNG.toString('base64'), contentType: 'image/png' }],
    });
    expect(sent.status, sent.text).toBe(201);
    const { media } = sent.body.content.attachments[0];
    expect(media).toMatchObject({ mimeType: 'image/png', size: PNG.length, filename: 'cat.png' });
    expect(sent.text).not.toContain(PNG.toString('base64').slice(0, 40));
    const served = await serve(media.url);
    expect(createHash('sha256').update(served.rawPayload).digest('hex')).toBe(
      createHash('sha256').update(PNG).digest('hex'),
    );
  });

  it('is refused where the file is not there, or is another workspace’s', async () => {
    const { id } = (await upload(b, { bytes: PNG })).body;
    for (const mediaId of [id, 'media_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f', 'nothing']) {
      const sent = await send({ type: 'image', media: { mediaId } });
      expect([mediaId, sent.status]).toEqual([mediaId, 400]);
    }
  });
});
