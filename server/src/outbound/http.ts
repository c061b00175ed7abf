import { lookup } from 'node:dns';
import { lookup as lookupAddress } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import type { Download, HttpAnswer, HttpRequest } from '@tributary/channels';
import { SendError, UnknownOutcome } from '@tributary/protocol';
import { Agent, buildConnector } from 'undici';
import { isPrivateAddress } from './private_address.ts';

export interface HttpOptions {
  /** Origins that may be private: provider endpoints set by the operator, the Lab. `*` for all. */
  allowPrivateOrigins: readonly string[];
  connections?: number;
}

export interface HttpClient {
  request(request: HttpRequest): Promise<HttpAnswer>;
  /** For files: the body as it comes, cut off with `too_large` at the limit. Follows redirects; the authorization stays with its origin. */
  download(request: HttpRequest, limits: { maxBytes: number }): Promise<Download>;
  /** The address to connect to for what is not HTTP, under the same guard. */
  resolve(host: string, port: number): Promise<{ address: string; servername: string }>;
  /** More origins that may be private, once they are known. */
  allow(origin: string): void;
  close(): Promise<void>;
}

const TIMEOUT_MS = 15_000;
/** Until the last byte of a file. */
const DOWNLOAD_TIMEOUT_MS = 120_000;
const ANSWER_LIMIT = 8 * 1024 * 1024;
const MOST_REDIRECTS = 5;
/** Nothing was sent: these come before a connection stands. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'EPRIVATE',
  // A header or path that no request may have.
  'UND_ERR_INVALID_ARG',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** The way out: pooled, bounded in time and size, and closed towards private addresses unless an origin is allowed by name. */
export function openHttp(options: HttpOptions): HttpClient {
  const allowed = new Set(options.allowPrivateOrigins.map(readOrigin));
  const settings = {
    // Channels of one provider share an origin, and what waits for a connection would time out as if it had been sent.
    connections: options.connections ?? 256,
    keepAliveTimeout: 10_000,
    keepAliveMaxTimeout: 60_000,
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const free = new Agent(settings);
  const connect = buildConnector({
    timeout: 5_000,
    lookup: (host, lookupOptions, done) =>
      lookup(host, { ...lookupOptions, all: true }, (error, addresses) => {
        if (error) return done(error, []);
        const open = addresses.filter((address) => !isPrivateAddress(address.address));
        if (open.length === 0)
          return done(
            Object.assign(
              new Error(`${host} has only private addresses; allow its origin in TRIBUTARY_ALLOW_PRIVATE_HOSTS.`),
              { code: 'EPRIVATE' },
            ),
            [],
          );
        const first = open[0]!;
        // The address that was checked is the one that is used: no second look-up.
        return lookupOptions.all
          ? done(null, open)
          : (done as unknown as (e: null, address: string, family: number) => void)(null, first.address, first.family);
      }),
  });
  const guarded = new Agent({ ...settings, connect });

  return {
    allow: (origin) => allowed.add(readOrigin(origin)),
    async close() {
      await Promise.all([free.destroy(), guarded.destroy()]);
    },
    download: (request, limits) => follow({ timeoutMs: DOWNLOAD_TIMEOUT_MS, ...request }, limits, MOST_REDIRECTS),
    async resolve(host, port) {
      const bare = host.replace(/^\[|\]$/g, '');
      const isFree = allowed.has('*') || allowed.has(`tcp://${bare.toLowerCase()}:${port}`);
      const unreachable = (why: string): SendError => new SendError('unavailable', { providerMessage: why });
      const found = await lookupAddress(bare, { all: true }).catch(() => {
        throw unreachable(`${host} could not be found.`);
      });
      const open = isFree ? found : found.filter(({ address }) => !isPrivateAddress(address));
      if (!open[0])
        throw unreachable(
          `${host} has only private addresses; allow tcp://${host}:${port} in TRIBUTARY_ALLOW_PRIVATE_HOSTS.`,
        );
      return { address: open[0].address, servername: bare };
    },
    request,
  };

  async function follow(asked: HttpRequest, limits: { maxBytes: number }, left: number): Promise<Download> {
    const answer = await raw(asked);
    const to = answer.headers.location;
    if (answer.statusCode >= 300 && answer.statusCode < 400 && typeof to === 'string') {
      await answer.body.dump();
      const next = new URL(to, asked.url);
      if (left === 0 || !/^https?:$/.test(next.protocol))
        throw new SendError('content_refused', { providerMessage: 'The file’s link leads nowhere.' });
      const headers = next.origin === new URL(asked.url).origin ? asked.headers : withoutAuthorization(asked.headers);
      return follow({ ...asked, url: next.href, headers }, limits, left - 1);
    }
    const headers = readHeaders(answer.headers);
    const size = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
    if (size !== undefined && size > limits.maxBytes) {
      answer.body.destroy();
      throw new SendError('too_large');
    }
    return {
      status: answer.statusCode,
      headers,
      body: bounded(answer.body, limits.maxBytes),
      mimeType: headers['content-type']?.split(';')[0]?.trim(),
      size,
    };
  }

  async function request(asked: HttpRequest): Promise<HttpAnswer> {
    const target = new URL(asked.url);
    try {
      const answer = await raw(asked);
      return readAnswer(answer.statusCode, answer.headers, await readBody(answer.body));
    } catch (error) {
      throw told(error, target);
    }
  }

  async function raw({ method, url, headers, body, stream, timeoutMs }: HttpRequest) {
    const target = new URL(url);
    const isFree = allowed.has('*') || allowed.has(target.origin);
    const host = target.hostname.replace(/^\[|\]$/g, '');
    if (!isFree && isIP(host) && isPrivateAddress(host)) {
      throw new SendError('unavailable', {
        providerMessage: `${target.origin} is a private address; allow it in TRIBUTARY_ALLOW_PRIVATE_HOSTS.`,
      });
    }
    try {
      return await (isFree ? free : guarded).request({
        origin: target.origin,
        path: target.pathname + target.search,
        method: method as 'POST',
        headers,
        body: stream ? Readable.from(stream, { objectMode: false }) : body,
        signal: AbortSignal.timeout(timeoutMs ?? TIMEOUT_MS),
      });
    } catch (error) {
      throw told(error, target);
    }
  }
}

/** The URL may carry a credential in its path, so only the origin is told. */
function told(error: unknown, target: URL): Error {
  if (error instanceof SendError || error instanceof UnknownOutcome) return error;
  const code = (error as { code?: string }).code ?? '';
  if (NOT_SENT.has(code))
    return new SendError(
      'unavailable',
      { providerMessage: `${target.origin} could not be reached (${code}).` },
      { cause: error },
    );
  return new UnknownOutcome(`${target.origin} did not answer (${code || (error as Error).name}).`, { cause: error });
}

const withoutAuthorization = (headers: HttpRequest['headers']): HttpRequest['headers'] =>
  Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => name.toLowerCase() !== 'authorization'));

async function* bounded(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new SendError('too_large');
    yield chunk;
  }
}

/** An origin as URLs have it, whoever wrote it: without a path, in lower case, without the usual port. `tcp://HOST:PORT` stands for what is not HTTP. */
function readOrigin(text: string): string {
  if (text.startsWith('tcp://')) return text.toLowerCase();
  return URL.canParse(text) ? new URL(text).origin : text;
}

async function readBody(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > ANSWER_LIMIT) throw new UnknownOutcome('The answer was larger than 8 MB and was cut off.');
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

type RawHeaders = Record<string, string | string[] | undefined>;

function readHeaders(raw: RawHeaders): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw))
    if (value !== undefined) headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  return headers;
}

function readAnswer(status: number, raw: RawHeaders, body: Buffer): HttpAnswer {
  return {
    status,
    headers: readHeaders(raw),
    body,
    json() {
      try {
        return JSON.parse(body.toString());
      } catch {
        return undefined;
      }
    },
  };
}
