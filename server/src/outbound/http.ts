import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { HttpAnswer, HttpRequest } from '@tributary/channels';
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
  /** More origins that may be private, once they are known. */
  allow(origin: string): void;
  close(): Promise<void>;
}

const TIMEOUT_MS = 15_000;
const ANSWER_LIMIT = 8 * 1024 * 1024;
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
    async request({ method, url, headers, body, timeoutMs }) {
      const target = new URL(url);
      const isFree = allowed.has('*') || allowed.has(target.origin);
      const host = target.hostname.replace(/^\[|\]$/g, '');
      if (!isFree && isIP(host) && isPrivateAddress(host)) {
        throw new SendError('unavailable', {
          providerMessage: `${target.origin} is a private address; allow it in TRIBUTARY_ALLOW_PRIVATE_HOSTS.`,
        });
      }
      try {
        const answer = await (isFree ? free : guarded).request({
          origin: target.origin,
          path: target.pathname + target.search,
          method: method as 'POST',
          headers,
          body,
          signal: AbortSignal.timeout(timeoutMs ?? TIMEOUT_MS),
        });
        return readAnswer(answer.statusCode, answer.headers, await readBody(answer.body));
      } catch (error) {
        if (error instanceof SendError || error instanceof UnknownOutcome) throw error;
        const code = (error as { code?: string }).code ?? '';
        if (NOT_SENT.has(code))
          throw new SendError(
            'unavailable',
            { providerMessage: `${target.origin} could not be reached (${code}).` },
            { cause: error },
          );
        // The URL may carry a credential in its path, so only the origin is told.
        throw new UnknownOutcome(`${target.origin} did not answer (${code || (error as Error).name}).`, {
          cause: error,
        });
      }
    },
  };
}

/** An origin as URLs have it, whoever wrote it: without a path, in lower case, without the usual port. */
const readOrigin = (text: string): string => (URL.canParse(text) ? new URL(text).origin : text);

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

function readAnswer(status: number, raw: Record<string, string | string[] | undefined>, body: Buffer): HttpAnswer {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw))
    if (value !== undefined) headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  return {
    status,
    headers,
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
