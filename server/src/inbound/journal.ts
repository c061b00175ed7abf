import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { InboundRequest } from '@tributary/channels';
import type { Seal } from '../store/seal.ts';

/**
 * A journal page: the raw requests of one workspace in one batch, one after the other, deflated together (they resemble each other) and sealed.
 * Each request is a JSON head line (method, URL, headers, body length, time) followed by its body's bytes, untouched.
 */
export function sealPage(requests: readonly InboundRequest[], seal: Seal): Buffer {
  const pieces: Uint8Array[] = [];
  for (const request of requests) {
    const head = {
      via: request.via,
      method: request.method,
      publicUrl: request.publicUrl,
      headers: request.headers,
      receivedAt: request.receivedAt,
      length: request.body.length,
    };
    pieces.push(Buffer.from(`${JSON.stringify(head)}\n`), request.body);
  }
  return seal.seal(deflateRawSync(Buffer.concat(pieces), { level: 1 }));
}

/** The requests of a page, byte for byte as they came. */
export function openPage(page: Uint8Array, seal: Seal): InboundRequest[] {
  const bytes = inflateRawSync(seal.open(page));
  const requests: InboundRequest[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(10, at);
    const { length, receivedAt, ...head } = JSON.parse(bytes.subarray(at, end).toString());
    requests.push({ ...head, receivedAt: new Date(receivedAt), body: bytes.subarray(end + 1, end + 1 + length) });
    at = end + 1 + length;
  }
  return requests;
}

/** A page with one request's body and URL blanked: what an unsend or an erasure leaves of it. */
export function blankInPage(page: Uint8Array, no: number, seal: Seal): Buffer {
  const requests = openPage(page, seal);
  return sealPage(
    requests.map((request, at) =>
      at === no ? { ...request, publicUrl: '', headers: { erased: 'true' }, body: new Uint8Array() } : request,
    ),
    seal,
  );
}
