import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ADAPTERS } from '@tributary/channels';
import { type Content, fit } from '@tributary/protocol';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type HttpClient, openHttp } from '../outbound/http.ts';
import { linkFacts, type TellLinks } from './link_facts.ts';

/** A host of files, asked by HEAD. */

const FILES: Record<string, [status: number, headers: Record<string, string>]> = {
  '/huge.jpg': [200, { 'content-type': 'image/jpeg', 'content-length': '31457280' }],
  '/small.jpg': [200, { 'content-type': 'image/jpeg; charset=binary', 'content-length': '12' }],
  '/nameless': [200, { 'content-type': 'application/octet-stream' }],
  '/moved.jpg': [302, { location: '/huge.jpg' }],
  '/refused.jpg': [405, {}],
  '/round.jpg': [302, { location: '/round.jpg' }],
};
let server: Server;
let base: string;
let asked: string[];
let http: HttpClient;
let tell: TellLinks;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const [status, headers] = FILES[request.url!] ?? [404, {}];
    response.writeHead(status, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  http = openHttp({ allowPrivateOrigins: [base] });
});
afterAll(async () => {
  await http.close();
  server.close();
});
beforeEach(() => {
  asked = [];
  tell = linkFacts(http);
});

const picture = (url: string, more: object = {}): Content => ({ type: 'image', media: { url, ...more } });

it.each([
  ['/huge.jpg', { size: 31_457_280, mimeType: 'image/jpeg' }],
  ['/small.jpg', { size: 12, mimeType: 'image/jpeg' }],
  ['/moved.jpg', { size: 31_457_280, mimeType: 'image/jpeg' }],
  ['/nameless', {}],
  ['/refused.jpg', {}],
  ['/round.jpg', {}],
  ['/none.jpg', {}],
])('%s is told as what it is', async (path, facts) => {
  const content = picture(base + path);
  const told = await tell(content);
  expect(told).toEqual({ type: 'image', media: { url: base + path, ...facts } });
  if (Object.keys(facts).length === 0) expect(told).toBe(content);
});

it('asks a host once for many people, and never for what is known, stored with us, or out of bounds', async () => {
  await Promise.all(Array.from({ length: 20 }, () => tell(picture(`${base}/huge.jpg`))));
  for (const media of [{ size: 5 }, { mediaId: 'media_1' }]) await tell(picture(`${base}/small.jpg`, media));
  await tell({ type: 'text', text: `${base}/small.jpg` });
  // A private address that nobody allowed.
  const hidden = picture('http://127.0.0.1:1/a.jpg');
  expect(await tell(hidden)).toBe(hidden);
  expect(asked).toEqual(['HEAD /huge.jpg']);
});

it('lets what the caller said of the type stand', async () => {
  expect(await tell(picture(`${base}/huge.jpg`, { mimeType: 'image/png' }))).toMatchObject({
    media: { mimeType: 'image/png', size: 31_457_280 },
  });
});

it('so a file that is too large becomes a link before a provider sees it', async () => {
  const [, adapter] = Object.entries(ADAPTERS).find(([type]) => type === 'telegram')!;
  const can = adapter.capabilities({});
  expect(fit(picture(`${base}/huge.jpg`), can).losses).toEqual([]);
  const told = fit(await tell(picture(`${base}/huge.jpg`)), can);
  expect(told.losses.map((loss) => loss.code)).toEqual(['media_to_link']);
  expect(told.parts[0]?.content).toMatchObject({ type: 'text', text: expect.stringContaining(`${base}/huge.jpg`) });
});
