import type { InboundRequest } from '@tributary/channels';
import Type, { type Static } from 'typebox';
import { redactHeaders } from './redact.ts';
import { Time } from './wire/common.ts';

export const RawRequest = Type.Object(
  {
    no: Type.Integer(),
    via: Type.Enum(['http', 'listen'] as const),
    method: Type.String(),
    url: Type.String(),
    headers: Type.Record(Type.String(), Type.String()),
    body: Type.String({ description: 'As text; as base64 where it is none.' }),
    encoding: Type.Enum(['utf8', 'base64'] as const),
    receivedAt: Time,
  },
  { title: 'RawRequest' },
);

/** A raw request as people read it, what proves the caller taken out of the headers. */
export function presentRequest(request: InboundRequest, no: number): Static<typeof RawRequest> {
  const bytes = Buffer.from(request.body);
  const text = bytes.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(bytes);
  return {
    no,
    via: request.via,
    method: request.method,
    url: request.publicUrl,
    headers: redactHeaders(request.headers),
    body: isText ? text : bytes.toString('base64'),
    encoding: isText ? 'utf8' : 'base64',
    receivedAt: request.receivedAt.toISOString(),
  };
}
