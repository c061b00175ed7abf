import type { ChannelAdapter, SocketAbility } from '@tributary/channels';
import { type ChannelId, type ChannelType, parseId } from '@tributary/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../errors.ts';

type Config = Record<string, unknown>;
type Adapters = Partial<Record<ChannelType, ChannelAdapter<Config>>>;

/** What the socket routes need to know of a channel. */
export interface SocketChannel {
  workspaceId: string;
  id: string;
  type: string;
  config: Config;
  status?: string;
}

/** What deciding about a page takes. */
export interface PageDeps {
  channels: { get(id: ChannelId): Promise<SocketChannel | undefined> };
  adapters: Adapters;
}

/**
 * Lets pages post to the webhook door of channels with sockets: answers their preflights, adds the headers, refuses the origins that a channel
 * does not allow.
 */
export function allowPagesAtDoor(fastify: FastifyInstance, deps: PageDeps): void {
  const types = Object.keys(deps.adapters).filter((type) => deps.adapters[type as ChannelType]?.socket);
  if (types.length === 0) return;
  const door = new RegExp(`^(?:/api/v1)?/webhooks/(${types.join('|')})/([^/?]+)(?:\\?|$)`);
  fastify.addHook('onRequest', async (request, reply) => {
    // Providers send no Origin: everything else passes at the price of one look.
    if (!request.headers.origin) return;
    const [, type, channelId] = door.exec(request.url) ?? [];
    if (!type || !channelId) return;
    const ability = deps.adapters[type as ChannelType]?.socket;
    try {
      const channel = await findChannel(deps, channelId, type);
      if (ability) checkOrigin(request, reply, ability, channel);
    } catch (error) {
      // The door has words of its own for what fails there; a page is told in the API's.
      return answerRefusal(error, request, reply);
    }
    if (request.method === 'OPTIONS') return answerPreflight(reply);
  });
}

/** The channel an address names, if it is one of the type. */
export async function findChannel(
  deps: Pick<PageDeps, 'channels'>,
  text: string,
  type: string,
): Promise<SocketChannel> {
  const id = parseId('channel', text);
  const channel = id && (await deps.channels.get(id));
  if (!channel || channel.type !== type) throw new ApiError('CHANNEL_NOT_FOUND');
  return channel;
}

/** A request without an origin comes from an app or a server, which no list of websites can speak of; its token is what counts. */
export function checkOrigin(
  request: FastifyRequest,
  reply: FastifyReply,
  ability: SocketAbility<Config>,
  channel: SocketChannel,
): void {
  const { origin } = request.headers;
  if (!origin) return;
  reply.header('vary', 'Origin');
  if (!ability.allowsOrigin(origin, request.host, channel.config)) {
    throw new ApiError(
      'ORIGIN_NOT_ALLOWED',
      `Pages of ${origin} may not use this channel. Add the website to the channel’s allowed websites.`,
    );
  }
  reply.header('access-control-allow-origin', origin);
}

/** The browser's question before it lets a page post. */
export function answerPreflight(reply: FastifyReply): FastifyReply {
  return reply
    .code(204)
    .header('access-control-allow-methods', 'POST, OPTIONS')
    .header('access-control-allow-headers', 'authorization, content-type')
    .header('access-control-max-age', '600')
    .send();
}

/** An error as the API says it: the body a page can read, whoever else's error handler stands around. */
export function answerRefusal(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = error instanceof ApiError ? error : fromFastify(error as { statusCode?: number; message: string });
  if (!known) {
    request.log.error({ err: error }, 'A page could not be answered.');
    return answerRefusal(new ApiError('INTERNAL_ERROR'), request, reply);
  }
  const { code, message, details } = known;
  return reply.code(known.status).send({ code, message, details });
}

/** Bodies of the wrong shape, size and kind are found by the framework. */
function fromFastify(error: { statusCode?: number; message: string }): ApiError | undefined {
  if (error.statusCode === 413) return new ApiError('PAYLOAD_TOO_LARGE');
  if (error.statusCode === 415) return new ApiError('UNSUPPORTED_MEDIA_TYPE');
  return error.statusCode === 400 ? new ApiError('VALIDATION_ERROR', error.message) : undefined;
}
