import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../config.ts';
import { bucketStore } from './bucket.ts';
import type { FileStore } from './file_store.ts';
import { folderStore } from './folder.ts';

/** Both places files can be kept in: the folder, and a bucket behind a server that checks signatures as S3 documents them. */

const ACCESS = { accessKeyId: 'AKIATESTTESTTEST', secretAccessKey: 'secret/with+signs=' };
const REGION = 'eu-central-1';
let server: Server;
let folder: string;
let endpoint: string;
const kept = new Map<string, { bytes: Buffer; type: string | undefined }>();

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Signature Version 4, written from https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html. */
function isSigned(request: IncomingMessage): boolean {
  const given =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    );
  if (!given) return false;
  const [, key, date = '', region = '', names = '', signature = ''] = given;
  if (key !== ACCESS.accessKeyId || region !== REGION) return false;
  const url = new URL(request.url!, 'http://x');
  const payload = String(request.headers['x-amz-content-sha256']);
  const headers = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = [request.method, url.pathname, url.search.slice(1), headers.join(''), names, payload].join('\n');
  const time = String(request.headers['x-amz-date']);
  const scope = `${date}/${region}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const signing = hmac(hmac(hmac(hmac(`AWS4${ACCESS.secretAccessKey}`, date), region), 's3'), 'aws4_request');
  return timingSafeEqual(hmac(signing, toSign), Buffer.from(signature, 'hex'));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-bucket-'));
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const end = (status: number, body: string | Buffer = ''): void => {
      response.writeHead(status, { 'content-length': body.length }).end(body);
    };
    if (!isSigned(request)) return end(403, '<Error><Code>SignatureDoesNotMatch</Code></Error>');
    const name = request.url!;
    const found = kept.get(name);
    if (request.method === 'PUT') {
      if (request.headers['content-length'] === undefined)
        return end(411, '<Error><Code>MissingContentLength</Code></Error>');
      if (sha256(bytes) !== request.headers['x-amz-content-sha256'])
        return end(400, '<Error><Code>XAmzContentSHA256Mismatch</Code></Error>');
      kept.set(name, { bytes, type: request.headers['content-type'] });
      return end(200);
    }
    if (request.method === 'DELETE') {
      kept.delete(name);
      return end(204);
    }
    if (!found) return end(404, '<Error><Code>NoSuchKey</Code></Error>');
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    return from === undefined ? end(200, found.bytes) : end(206, found.bytes.subarray(Number(from), Number(to) + 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const bucket = (more: object = {}): FileStore =>
  bucketStore({ url: `${endpoint}/files`, region: REGION, prefix: 'tributary/', ...ACCESS, ...more });

async function read(stream: Readable | undefined): Promise<Buffer | undefined> {
  if (!stream) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
async function put(store: FileStore, name: string, bytes: Buffer): Promise<string> {
  const path = join(folder, `spooled-${randomBytes(4).toString('hex')}`);
  await writeFile(path, bytes);
  const hash = createHash('sha256').update(bytes).digest();
  await store.put(name, path, { size: bytes.length, hash, mimeType: 'image/png' });
  return path;
}

describe.each([
  ['a folder', () => folderStore(join(folder, 'kept'))],
  ['a bucket', () => bucket()],
])('%s', (_what, open) => {
  it('keeps a file, gives it back whole and in parts, and removes it', async () => {
    const store = open();
    const bytes = randomBytes(300_000);
    const path = await put(store, '0192f1/5f/a-file', bytes);
    expect(existsSync(path), 'what was spooled is taken over').toBe(false);
    expect((await read(await store.open('0192f1/5f/a-file')))?.equals(bytes)).toBe(true);
    const part = await read(await store.open('0192f1/5f/a-file', { start: 10, end: 19 }));
    expect(part?.equals(bytes.subarray(10, 20))).toBe(true);
    const other = randomBytes(10);
    await put(store, '0192f1/5f/a-file', other);
    expect((await read(await store.open('0192f1/5f/a-file')))?.equals(other)).toBe(true);
    await store.remove('0192f1/5f/a-file');
    await store.remove('0192f1/5f/a-file');
    expect(await store.open('0192f1/5f/a-file')).toBeUndefined();
  });
});

it('a folder gives nothing that lies outside of it', async () => {
  const store = folderStore(join(folder, 'kept'));
  for (const name of ['../key', 'a/../../key', '/etc/passwd', 'a//b', '', 'a/./b'])
    await expect(store.open(name), name).rejects.toThrow('no name');
});

it('a bucket says what it refused, without the credentials', async () => {
  const wrong = bucket({ secretAccessKey: 'another' });
  for (const ask of [() => put(wrong, 'a/b', Buffer.from('x')), () => wrong.open('a/b'), () => wrong.remove('a/b')]) {
    const error: Error = await ask().then(
      () => new Error('It was taken.'),
      (thrown) => thrown,
    );
    expect(error.message).toMatch(/^The bucket answered 403 to (PUT|GET|DELETE): .*SignatureDoesNotMatch/);
    expect(error.message).not.toContain(ACCESS.accessKeyId);
  }
});

describe('the setting', () => {
  const base = { TRIBUTARY_KEY: '07'.repeat(32), TRIBUTARY_DATA: '/tmp/none' };
  const read = (media: string | undefined, env: object = {}) =>
    readConfig({ ...base, ...env, TRIBUTARY_MEDIA: media }).media;

  it('names a folder, by default within the data folder', () => {
    expect(read(undefined)).toEqual({ folder: '/tmp/none/media' });
    expect(read('/srv/files')).toEqual({ folder: '/srv/files' });
  });

  it('names a bucket at Amazon or anywhere else', () => {
    expect(read('s3://KEY:se%2Fcret@my-files/some/where?region=eu-west-1')).toEqual({
      bucket: {
        url: 'https://my-files.s3.eu-west-1.amazonaws.com',
        region: 'eu-west-1',
        accessKeyId: 'KEY',
        secretAccessKey: 'se/cret',
        sessionToken: undefined,
        prefix: 'some/where/',
      },
    });
    const env = { AWS_ACCESS_KEY_ID: 'ENV', AWS_SECRET_ACCESS_KEY: 'hidden' };
    expect(read('s3://files?endpoint=http://minio:9000', env)).toMatchObject({
      bucket: { url: 'http://minio:9000/files', region: 'us-east-1', accessKeyId: 'ENV', prefix: '' },
    });
  });

  it.each([['s3://'], ['s3://files'], ['s3://K:S@files?endpoint=minio']])('is refused in one sentence: %s', (media) => {
    expect(() => read(media)).toThrow(ConfigError);
  });
});
