import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Act, Phone, Played, Provider } from '../../simulator/src/control.ts';
import { PeopleBook, portrait } from '../../simulator/src/people.ts';

/** The built pages over phones that are written down instead of played, so that every skin is seen with everything it can be asked to draw. */
export interface Gallery {
  origin: string;
  /** What the page did on a phone, in order. */
  acts: { provider: Provider; act: Act }[];
  stop(): Promise<void>;
}

const PUBLIC = new URL('../../build/public/', import.meta.url);
const TYPES: Record<string, string> = {
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
  html: 'text/html',
  woff2: 'font/woff2',
};
/** The policy of the real pages, as far as it could hide a mistake. */
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; object-src 'none'";

/** Serves the Lab with these phones, Ana's at every provider. */
export async function openGallery(phones: readonly (Phone & { deeds: Act['do'][] })[]): Promise<Gallery> {
  const people = new PeopleBook().six;
  const acts: Gallery['acts'] = [];
  const picture = portrait(32, 480);
  const phoneOf = (provider: string | undefined) => phones.find((phone) => phone.provider === provider);
  const answers: Record<string, () => unknown> = {
    '/api/v1/lab': () => ({
      workspace: { id: 'ws_1', name: 'Coffee' },
      channels: phones.map(({ provider, account, title }) => ({
        id: `ch_${provider}`,
        type: provider,
        name: title,
        account,
        status: 'active',
      })),
      bots: [],
      simulator: '/lab/sim',
    }),
    '/api/v1/messages': () => ({ data: [] }),
    '/lab/sim': () => ({
      providers: phones.map(({ provider, deeds }): Played => ({ provider, baseUrl: '', deeds })),
    }),
    '/lab/sim/people': () => people,
    '/lab/sim/misbehaviour': () => Object.fromEntries(phones.map(({ provider }) => [provider, BEHAVED])),
  };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://gallery');
    if (/\/(events|events\/stream)$/.test(pathname)) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
    } else if (pathname.startsWith('/lab/sim/files/')) {
      response.writeHead(200, { 'content-type': 'image/png' }).end(picture);
    } else if (pathname.startsWith('/lab/sim/phones/')) {
      const [provider, , , what] = pathname.split('/').slice(4);
      if (what === 'acts') {
        let body = '';
        for await (const chunk of request) body += String(chunk);
        acts.push({ provider: provider as Provider, act: JSON.parse(body) as Act });
        json(response, { id: null });
      } else {
        const phone = phoneOf(provider);
        const hers = decodeURIComponent(pathname).endsWith('/ana');
        json(response, phone && { ...phone, messages: hers ? phone.messages : [] });
      }
    } else if (answers[pathname]) json(response, answers[pathname]());
    else await sendPage(response, pathname);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    acts,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const BEHAVED = {
  rateLimit: 0,
  retryAfterSeconds: 1,
  serverError: 0,
  hang: 0,
  duplicate: 0,
  reorder: 0,
  lateReceiptMs: 0,
  noReceipts: false,
  earlyReceipt: 0,
};

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(value === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value ?? {}));
}

async function sendPage(response: ServerResponse, pathname: string): Promise<void> {
  const ending = /\.(\w+)$/.exec(pathname)?.[1] ?? 'html';
  const file = ending === 'html' ? 'index.html' : pathname.slice(1);
  const bytes = await readFile(new URL(file, PUBLIC)).catch(() => undefined);
  response.writeHead(bytes ? 200 : 404, {
    'content-type': TYPES[ending] ?? 'application/octet-stream',
    'content-security-policy': POLICY,
  });
  response.end(bytes);
}
