import { parseId, uuidOf } from '@tributary/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../errors.ts';
import type { Db } from '../store/db.ts';
import { findMedia, type MediaRow } from '../store/media.ts';
import type { Files } from './files.ts';
import { isShown } from './type_of.ts';

/** How long a request for a file waits that is still on its way here. */
const PATIENCE_MS = 15_000;

/**
 * Serves files to whoever holds a signed link: `GET /media/ID?until=…&signature=…`, with ranges. Pictures, sound and films are shown, everything
 * else is saved; the type is the one found in the bytes, and no browser is let guess another.
 */
export function registerMedia(server: FastifyInstance, { db, files }: { db: Db; files: Files }): void {
  server.route<{ Params: { id: string }; Querystring: Record<string, unknown> }>({
    method: ['GET', 'HEAD'],
    url: '/media/:id',
    schema: { hide: true },
    handler: async (request, reply) => {
      const id = parseId('media', request.params.id);
      const row = id && (await findMedia(db, uuidOf(id)));
      // A file that is not there and a link that is not ours look the same.
      if (!row || !files.links.check(row.ws, row.id, request.query, new Date()))
        throw new ApiError('RESOURCE_NOT_FOUND', 'This link is not valid or has expired.');
      const found = await files.awaited(row, PATIENCE_MS);
      if (found?.state === 'wanted') {
        reply.header('retry-after', '5');
        throw new ApiError('SERVICE_UNAVAILABLE', 'The file has not come from its provider yet. Try again shortly.');
      }
      if (!found || found.state === 'failed' || found.state === 'erased')
        throw new ApiError('RESOURCE_NOT_FOUND', found?.error ?? undefined);
      return answer(request, reply, found, files);
    },
  });
}

async function answer(request: FastifyRequest, reply: FastifyReply, row: MediaRow, files: Files) {
  const size = row.size ?? 0;
  const mimeType = row.mimeType ?? 'application/octet-stream';
  const etag = `"${row.hash?.toString('base64url').slice(0, 22)}"`;
  reply.headers({
    'content-type': mimeType,
    'content-disposition': disposition(isShown(mimeType), row.filename),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    // Pages of other sites show it: the widget's.
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': 'private, max-age=86400, immutable',
    'accept-ranges': 'bytes',
    etag,
  });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  const conditional = request.headers['if-range'];
  const asked = conditional === undefined || conditional === etag ? request.headers.range : undefined;
  const range = readRange(asked, size);
  if (range === 'beyond') {
    reply.header('content-range', `bytes */${size}`).removeHeader('content-disposition');
    return reply.code(416).send();
  }
  reply.header('content-length', range ? range.end - range.start + 1 : size);
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`);
  if (request.method === 'HEAD') return reply.send();
  const body = await files.read(row, range);
  if (!body) throw new ApiError('RESOURCE_NOT_FOUND', 'The file is not there any more.');
  return reply.send(body);
}

/** One range of bytes, as `Range` asks for it. Undefined: the whole, also where several are asked for or the header makes no sense. */
function readRange(header: string | undefined, size: number): { start: number; end: number } | 'beyond' | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start >= size || (from === '' && Number(to) === 0)) return 'beyond';
  return end < start ? undefined : { start, end };
}

/** RFC 6266: a name of plain letters for old programs, and the whole one beside it. */
function disposition(shown: boolean, filename: string | null): string {
  const kind = shown ? 'inline' : 'attachment';
  if (!filename) return kind;
  const plain = filename.replace(/[^\w .()-]/g, '_');
  const whole = encodeURIComponent(filename.toWellFormed()).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return plain === filename
    ? `${kind}; filename="${plain}"`
    : `${kind}; filename="${plain}"; filename*=UTF-8''${whole}`;
}
