import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { typeOf } from './type_of.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-types-'));
});
afterAll(() => rm(folder, { recursive: true }));

const chunk = (name: string, bytes: number): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return Buffer.concat([length, Buffer.from(name), Buffer.alloc(bytes + 4)]);
};
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const OPUS = Buffer.concat([Buffer.from('OggS'), Buffer.alloc(24), Buffer.from('OpusHead'), Buffer.alloc(200)]);
const M4A = Buffer.concat([Buffer.from('00000020', 'hex'), Buffer.from('ftypmp42'), Buffer.alloc(200)]);

it.each<[what: string, bytes: Buffer, declared: string | undefined, type: string]>([
  [
    'a picture with a large profile before its pixels',
    Buffer.concat([PNG, chunk('IHDR', 13), chunk('iCCP', 90_000), chunk('IDAT', 9)]),
    undefined,
    'image/png',
  ],
  [
    'a picture that breaks off',
    Buffer.concat([PNG, chunk('IHDR', 13), Buffer.from([9, 9, 9])]),
    'text/html',
    'image/png',
  ],
  ['a voice note', OPUS, 'audio/ogg', 'audio/ogg; codecs=opus'],
  ['sound in a container that may hold films', M4A, 'audio/mp4', 'audio/mp4'],
  ['a film that is called sound of another kind', M4A, 'audio/mpeg', 'video/mp4'],
  [
    'an animated sticker',
    Buffer.from('1f8b0800000000000000', 'hex'),
    'application/x-tgsticker',
    'application/x-tgsticker',
  ],
  [
    'a page that is called a picture',
    Buffer.from('<script>alert(1)</script>'),
    'image/jpeg',
    'application/octet-stream',
  ],
  ['a page that is called sound', Buffer.from(' <html>'), 'audio/amr', 'application/octet-stream'],
  ['a stream of sound without a header', Buffer.from('aabbccdd0102', 'hex'), 'audio/amr', 'audio/amr'],
  ['a table', Buffer.from('a,b\n1,2\n'), 'text/csv; charset=utf-8', 'text/csv; charset=utf-8'],
  ['nothing with no name', Buffer.alloc(0), undefined, 'application/octet-stream'],
  [
    'a header that somebody slipped in after a blank',
    Buffer.from('x'),
    'text/plain\r\n;a: b',
    'application/octet-stream',
  ],
  ['a header that somebody slipped in', Buffer.from('x'), 'text/plain\r\nset-cookie: a=b', 'application/octet-stream'],
])('%s', async (what, bytes, declared, type) => {
  const path = join(folder, what.replaceAll(' ', '_'));
  await writeFile(path, bytes);
  expect(await typeOf(path, bytes.subarray(0, 64), declared)).toBe(type);
});
