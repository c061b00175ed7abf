import { Agent } from 'undici';

/** What came of a POST to a callback: a status, or the reason why there is none. */
export interface Posted {
  status: number | null;
  ms: number;
  text: string;
  /** The answer's Content-Type. */
  mimeType?: string;
  error?: string;
}

/** Sends webhooks, with connections kept open. */
export class Postman {
  readonly #agent = new Agent({ connections: 128, pipelining: 1, keepAliveTimeout: 30_000 });

  async post(url: string, headers: Record<string, string>, body: string | Buffer, timeoutMs: number): Promise<Posted> {
    return this.#call('POST', url, headers, body, timeoutMs);
  }

  async get(url: string, timeoutMs: number, headers: Record<string, string> = {}): Promise<Posted> {
    return this.#call('GET', url, headers, undefined, timeoutMs);
  }

  /** What lies at a URL, without the thing itself; status 0 where nobody answers. */
  async head(url: string, timeoutMs: number): Promise<{ status: number; mimeType: string }> {
    try {
      const { origin, pathname, search } = new URL(url);
      const answer = await this.#agent.request({
        origin,
        path: pathname + search,
        method: 'HEAD',
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
      await answer.body.dump();
      const type = answer.headers['content-type'];
      return { status: answer.statusCode, mimeType: (Array.isArray(type) ? type[0] : type) ?? '' };
    } catch {
      return { status: 0, mimeType: '' };
    }
  }

  /** A file from this machine, up to a limit; the Lab never reaches further out. */
  async download(
    url: string,
    limit: number,
  ): Promise<{ status: number; bytes: Buffer; mimeType: string } | { error: string }> {
    try {
      const { origin, pathname, search } = new URL(url);
      const answer = await this.#agent.request({
        origin,
        path: pathname + search,
        method: 'GET',
        headersTimeout: 10_000,
        bodyTimeout: 10_000,
      });
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of answer.body) {
        length += (chunk as Buffer).length;
        if (length > limit) {
          answer.body.destroy();
          return { error: 'too big' };
        }
        chunks.push(chunk as Buffer);
      }
      const type = answer.headers['content-type'];
      return {
        status: answer.statusCode,
        bytes: Buffer.concat(chunks),
        mimeType: (Array.isArray(type) ? type[0] : type) ?? 'application/octet-stream',
      };
    } catch (cause) {
      return { error: reasonOf(cause) };
    }
  }

  async #call(
    method: 'GET' | 'POST',
    url: string,
    headers: Record<string, string>,
    body: string | Buffer | undefined,
    timeoutMs: number,
  ): Promise<Posted> {
    const started = performance.now();
    try {
      const { origin, pathname, search } = new URL(url);
      const answer = await this.#agent.request({
        origin,
        path: pathname + search,
        method,
        headers,
        ...(body === undefined ? {} : { body }),
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
      const text = await answer.body.text();
      const type = answer.headers['content-type'];
      const mimeType = (Array.isArray(type) ? type[0] : type) ?? '';
      return { status: answer.statusCode, ms: performance.now() - started, text, mimeType };
    } catch (cause) {
      return { status: null, ms: performance.now() - started, text: '', error: reasonOf(cause) };
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  UND_ERR_SOCKET: 'Connection closed',
  UND_ERR_HEADERS_TIMEOUT: 'Read timeout expired',
  UND_ERR_BODY_TIMEOUT: 'Read timeout expired',
  UND_ERR_CONNECT_TIMEOUT: 'Connection timed out',
  ENOTFOUND: 'Failed to resolve host: Name or service not known',
};

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error ? (cause as Error & { code?: string }).code : undefined;
  return reasons[code ?? ''] ?? (cause instanceof Error ? cause.message : String(cause));
}

/** Whether a URL stays on this machine: the only place the Lab calls without TLS, and the only one it fetches from. */
export function isLoopback(url: string): boolean {
  try {
    const { hostname } = new URL(url);
    return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
  } catch {
    return false;
  }
}
