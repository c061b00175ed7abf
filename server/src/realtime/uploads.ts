import type { SocketAbility } from '@tributary/channels';
import { SendError, toId, type Uploaded, type UploadLimits } from '@tributary/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BoundedMap } from '../contacts/bounded_map.ts';
import { ApiError } from '../errors.ts';
import { cleanName, type Files } from '../media/files.ts';
import { untilTomorrow } from '../media/links.ts';
import { answerPreflight, type SocketChannel } from './pages.ts';

type Config = Record<string, unknown>;

export interface UploadDeps {
  files: Files;
  now(): Date;
  /** Finds the channel and lets the page in, or throws. */
  enter(request: FastifyRequest, reply: FastifyReply): Promise<SocketChannel>;
}

interface Params {
  channelId: string;
}
interface Query {
  filename?: string;
}

/** How long a visitor has to say something with what was uploaded; after that it is swept away. */
const HANDLE_MS = 3_600_000;
/** One visitor uploads no more in a minute. */
const MOST_A_MINUTE = 30;

/**
 * Takes files from visitors: the body is the file itself, the token says whose. What is answered names the file in the visitor's next message; until
 * then it belongs to nobody.
 */
export async function serveUploads(
  fastify: FastifyInstance,
  type: string,
  ability: SocketAbility<Config>,
  { files, now, enter }: UploadDeps,
): Promise<void> {
  const counts = new BoundedMap<string, { minute: number; count: number }>(10_000);
  const count = (visitor: string): void => {
    const minute = Math.floor(now().getTime() / 60_000);
    const known = counts.get(visitor);
    const counted = known?.minute === minute ? known.count + 1 : 1;
    counts.set(visitor, { minute, count: counted });
    if (counted > MOST_A_MINUTE) throw new ApiError('RATE_LIMIT_EXCEEDED');
  };

  // Whatever it is called, the body is a file: nothing of it is read before it is on disk.
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, body, done) => done(null, body));

  const url = `/${type}/:channelId/uploads`;
  fastify.options(url, { schema: { hide: true } }, async (request, reply) => {
    await enter(request, reply);
    return answerPreflight(reply);
  });
  fastify.post<{ Params: Params; Querystring: Query }>(url, { schema: { hide: true } }, async (request, reply) => {
    const channel = await enter(request, reply);
    const token = /^bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const visitor = ability.visitor(token, now(), channel.config);
    if (!visitor) throw new ApiError('INVALID_TOKEN', 'The visitor’s token is not valid or has expired.');
    const limits = ability.uploads?.(channel.config);
    if (!limits) throw new ApiError('INSUFFICIENT_PERMISSIONS', 'This channel takes no files.');
    count(`${channel.id} ${visitor.value}`);
    if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) throw tooLarge(limits);

    const body = (request.body ?? []) as AsyncIterable<Uint8Array>;
    const spooled = await files
      .spool(body, request.headers['content-type'], limits.maxBytes)
      .catch((error: unknown) => {
        throw error instanceof SendError && error.code === 'too_large' ? tooLarge(limits) : error;
      });
    if (!isTaken(spooled.mimeType, limits) || spooled.size === 0) {
      await spooled.drop();
      if (spooled.size === 0) throw new ApiError('VALIDATION_ERROR', 'The file is empty.');
      throw new ApiError('UNSUPPORTED_MEDIA_TYPE', `This channel takes no files of type ${spooled.mimeType}.`);
    }
    const filename = cleanName(request.query.filename) ?? undefined;
    const id = await files.keep(channel.workspaceId, spooled, filename);
    reply.code(201).header('cache-control', 'no-store');
    return {
      upload: files.links.handle(channel.id, id, new Date(now().getTime() + HANDLE_MS)),
      type: kindOf(spooled.mimeType),
      mimeType: spooled.mimeType,
      size: spooled.size,
      filename,
      url: files.links.sign(channel.workspaceId, toId('media', id), untilTomorrow(now())),
    } satisfies Uploaded;
  });
}

const tooLarge = ({ maxBytes }: UploadLimits): ApiError =>
  new ApiError('PAYLOAD_TOO_LARGE', `Files may have ${Math.floor(maxBytes / 1024 / 102.4) / 10} MB here.`);

/** By what the file is, not by what it is called. */
const isTaken = (mimeType: string, { types }: UploadLimits): boolean => {
  const [bare = ''] = mimeType.split(';');
  return (
    !types || types.some((taken) => taken === bare || (taken.endsWith('/*') && bare.startsWith(taken.slice(0, -1))))
  );
};

const kindOf = (mimeType: string): Uploaded['type'] => {
  const family = mimeType.split('/')[0];
  if (mimeType.startsWith('image/svg')) return 'document';
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'document';
};
