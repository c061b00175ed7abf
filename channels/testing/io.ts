import { SendError } from '@tributary/protocol';
import type { Address, HttpAnswer, HttpRequest, Io } from '../adapter.ts';
import type { AnswerFixtureHttp } from './fixtures.ts';

/** An `Io` whose far end is a list of answers. It keeps what went out. */
export interface ScriptedIo extends Io {
  requests: HttpRequest[];
  published: { to: Address; frame: unknown }[];
}

/** What a scripted far end knows besides its answers. */
export interface ScriptedWorld {
  /** Further hosts, as the adapter names them; each lies below the base URL. */
  hosts?: readonly string[];
  /** The bytes of the files that `open` is asked for, by URL or media id. */
  files?: Readonly<Record<string, { bytes: Uint8Array; mimeType: string; filename?: string }>>;
}

/** Answers in order; an `Error` among them is thrown. Running out is a fault of the fixture, and says so. */
export function scriptedIo(
  baseUrl: string,
  answers: readonly (AnswerFixtureHttp | Error)[],
  world: ScriptedWorld = {},
): ScriptedIo {
  const requests: HttpRequest[] = [];
  const published: { to: Address; frame: unknown }[] = [];
  return {
    baseUrl,
    hosts: Object.fromEntries((world.hosts ?? []).map((name) => [name, `${baseUrl}/${name}`])),
    requests,
    published,
    async http(request) {
      const answer = answers[requests.length];
      requests.push(request.stream ? { ...request, body: await textOf(request.stream) } : request);
      if (!answer)
        throw new Error(`There is no answer no. ${requests.length} for ${request.method}; the fixture has too few.`);
      if (answer instanceof Error) throw answer;
      return toAnswer(answer);
    },
    async download(request, { maxBytes }) {
      const answer = await this.http(request);
      if (answer.body.length > maxBytes) throw new SendError('too_large');
      return {
        status: answer.status,
        headers: answer.headers,
        body: chunksOf(answer.body),
        mimeType: answer.headers['content-type'],
        size: answer.body.length,
      };
    },
    async open(media, { maxBytes }) {
      const file = world.files?.[media.mediaId ?? media.url ?? ''];
      if (!file) throw new SendError('content_refused', { providerMessage: 'The file could not be opened.' });
      if (file.bytes.length > maxBytes) throw new SendError('too_large');
      const { bytes, mimeType, filename } = file;
      return { body: chunksOf(bytes), mimeType, filename: filename ?? media.filename, size: bytes.length };
    },
    async resolve(host) {
      return { address: host, servername: host };
    },
    async publish(to, frame) {
      published.push({ to, frame });
    },
  };
}

/** What was streamed, one letter a byte, so that a form with files can be read by a test. */
async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function toAnswer(answer: AnswerFixtureHttp): HttpAnswer {
  const text = answer.rawBody ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));
  return {
    status: answer.status,
    headers: Object.fromEntries(
      Object.entries(answer.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: new TextEncoder().encode(text),
    json() {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        return undefined;
      }
    },
  };
}
