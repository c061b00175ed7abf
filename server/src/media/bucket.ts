import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { AwsClient } from 'aws4fetch';
import type { FileStore } from './file_store.ts';

/** A bucket of any store that speaks S3. */
export interface BucketSettings {
  /** Where the bucket is, without a trailing slash: `https://BUCKET.s3.REGION.amazonaws.com`, `http://minio:9000/BUCKET`. */
  url: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** Before every name, with its slash at the end; may be empty. */
  prefix: string;
}

/** Until the last byte. */
const TIMEOUT_MS = 120_000;

/** Keeps files in a bucket. Each goes up in one request, signed over its hash, so the store refuses what was damaged on the way. */
export function bucketStore({ url, region, prefix, ...credentials }: BucketSettings): FileStore {
  const aws = new AwsClient({ ...credentials, service: 's3', region });
  const ask = async (method: string, name: string, init: RequestInit = {}): Promise<Response> => {
    // Signed and sent apart: a body that streams cannot be sent twice, as aws.fetch would.
    const signed = await aws.sign(`${url}/${prefix}${name}`, { method, headers: init.headers });
    return fetch(signed.url, { ...init, method, headers: signed.headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  };
  const refused = async (what: string, answer: Response): Promise<Error> =>
    new Error(`The bucket answered ${answer.status} to ${what}: ${(await answer.text()).slice(0, 300)}`);

  return {
    async put(name, path, { size, hash, mimeType }) {
      const answer = await ask('PUT', name, {
        headers: {
          'content-type': mimeType,
          'content-length': String(size),
          'x-amz-content-sha256': hash.toString('hex'),
        },
        body: Readable.toWeb(createReadStream(path)) as globalThis.ReadableStream,
        // @ts-expect-error Node asks for it where the body streams; the DOM's types do not know it.
        duplex: 'half',
      });
      if (!answer.ok) throw await refused('PUT', answer);
      await answer.body?.cancel();
      await rm(path, { force: true });
    },
    async open(name, range) {
      const answer = await ask('GET', name, range ? { headers: { range: `bytes=${range.start}-${range.end}` } } : {});
      if (answer.status === 404) {
        await answer.body?.cancel();
        return undefined;
      }
      if (!answer.ok || !answer.body) throw await refused('GET', answer);
      return Readable.fromWeb(answer.body as ReadableStream<Uint8Array>);
    },
    async remove(name) {
      const answer = await ask('DELETE', name);
      if (!answer.ok && answer.status !== 404) throw await refused('DELETE', answer);
      await answer.body?.cancel();
    },
  };
}
