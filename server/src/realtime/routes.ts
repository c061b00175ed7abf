import { randomBytes } from 'node:crypto';
import type {} from '@fastify/swagger';
import websocket from '@fastify/websocket';
import type { ChannelAdapter, SocketAbility } from '@tributary/channels';
import { type ChannelId, type ChannelType, parseId, uuidOf } from '@tributary/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { ApiError, invalid } from '../errors.ts';
import { readHorizon } from '../store/sockets.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { readHistory } from './history.ts';
import { MAX_INBOUND_BYTES, type SocketDeps, serveSocket } from './socket.ts';

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

export interface SocketRouteDeps extends SocketDeps {
  channels: { get(id: ChannelId): Promise<SocketChannel | undefined> };
  adapters: Adapters;
  /** For tests; the present time when absent. */
  now?: () => Date;
}

const SessionBody = Type.Object({
  token: Type.Optional(Type.String({ maxLength: 4096 })),
  profile: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
type SessionBody = Static<typeof SessionBody>;
interface Params {
  channelId: string;
}
interface Query {
  token?: string;
  cursor?: string;
}

/** Serves the sessions and sockets of every channel type that has them. Registers @fastify/websocket unless that is done already. */
export async function registerSocketRoutes(fastify: FastifyInstance, deps: SocketRouteDeps): Promise<void> {
  if (!fastify.hasDecorator('websocketServer')) {
    await fastify.register(websocket, { options: { maxPayload: MAX_INBOUND_BYTES } });
  }
  const now = deps.now ?? (() => new Date());

  for (const [type, adapter] of Object.entries(deps.adapters)) {
    const ability = adapter?.socket;
    if (!ability) continue;

    const enter = async (request: FastifyRequest, reply: FastifyReply): Promise<SocketChannel> => {
      const { channelId } = request.params as Params;
      const channel = await findChannel(deps, channelId, type);
      checkOrigin(request, reply, ability, channel);
      if (channel.status === 'inactive') throw new ApiError('CHANNEL_NOT_CONNECTED');
      return channel;
    };

    fastify.options<{ Params: Params }>(
      `/${type}/:channelId/sessions`,
      { schema: { hide: true } },
      async (request, reply) => {
        await enter(request, reply);
        return answerPreflight(reply);
      },
    );

    fastify.post<{ Params: Params; Body: SessionBody | null }>(
      `/${type}/:channelId/sessions`,
      { bodyLimit: 16 * 1024, schema: { hide: true, body: Type.Union([SessionBody, Type.Null()]) } },
      async (request, reply) => {
        const channel = await enter(request, reply);
        const asked = request.body ?? {};
        const opened = ability.open(asked, now(), random, channel.config);
        const known = asked.token !== undefined && ability.visitor(asked.token, now(), channel.config) !== undefined;
        const ids = { workspaceId: uuidOf(channel.workspaceId), channelId: uuidOf(channel.id) };
        // The cursor before the history: what is said in between comes twice, under one id, rather than never.
        const cursor = writeCursor(await readHorizon(deps.db));
        const messages = known ? await readHistory(deps.db, { ...ids, ...opened }, ability.recall, channel.config) : [];
        reply.header('cache-control', 'no-store');
        return {
          visitorId: opened.visitor.value,
          token: opened.token,
          config: opened.settings,
          messages,
          cursor,
        };
      },
    );

    fastify.get<{ Params: Params; Querystring: Query }>(
      `/${type}/:channelId/socket`,
      {
        websocket: true,
        schema: { hide: true },
        // Before the upgrade, so that a refusal is a plain HTTP answer.
        preValidation: async (request, reply) => {
          const channel = await enter(request, reply);
          const visitor = ability.visitor(request.query.token ?? '', now(), channel.config);
          if (!visitor) {
            throw new ApiError('INVALID_TOKEN', 'The visitor’s token is not valid or has expired. Open a new session.');
          }
          const { cursor } = request.query;
          const after = cursor ? readCursor(cursor) : undefined;
          if (cursor && !after) throw invalid({ field: 'cursor', message: 'This is not a cursor of ours.' });
          visits.set(request, {
            workspaceId: uuidOf(channel.workspaceId),
            channelId: uuidOf(channel.id),
            visitor,
            after,
          });
        },
      },
      (socket, request) => {
        const visit = visits.get(request);
        if (visit) void serveSocket(socket, visit, deps);
        else socket.close(1011);
      },
    );
  }
}

/** Who is being let in, between the check and the upgrade. */
const visits = new WeakMap<FastifyRequest, Parameters<typeof serveSocket>[1]>();

/**
 * Lets pages post to the webhook door of channels with sockets: answers their preflights, adds the headers, refuses the origins that a channel
 * does not allow. To be called on the root instance before the door's routes.
 */
export function allowPagesAtDoor(fastify: FastifyInstance, deps: Pick<SocketRouteDeps, 'channels' | 'adapters'>): void {
  const types = Object.keys(deps.adapters).filter((type) => deps.adapters[type as ChannelType]?.socket);
  if (types.length === 0) return;
  const door = new RegExp(`^(?:/api/v1)?/webhooks/(${types.join('|')})/([^/?]+)(?:\\?|$)`);
  fastify.addHook('onRequest', async (request, reply) => {
    // Providers send no Origin: everything else passes at the price of one look.
    if (!request.headers.origin) return;
    const [, type, channelId] = door.exec(request.url) ?? [];
    if (!type || !channelId) return;
    const ability = deps.adapters[type as ChannelType]?.socket;
    const channel = await findChannel(deps, channelId, type);
    if (ability) checkOrigin(request, reply, ability, channel);
    if (request.method === 'OPTIONS') return answerPreflight(reply);
  });
}

async function findChannel(
  deps: Pick<SocketRouteDeps, 'channels'>,
  text: string,
  type: string,
): Promise<SocketChannel> {
  const id = parseId('channel', text);
  const channel = id && (await deps.channels.get(id));
  if (!channel || channel.type !== type) throw new ApiError('CHANNEL_NOT_FOUND');
  return channel;
}

/** A request without an origin comes from an app or a server, which no list of websites can speak of; its token is what counts. */
function checkOrigin(
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

function answerPreflight(reply: FastifyReply): FastifyReply {
  return reply
    .code(204)
    .header('access-control-allow-methods', 'POST, OPTIONS')
    .header('access-control-allow-headers', 'authorization, content-type')
    .header('access-control-max-age', '600')
    .send();
}

const random = (): string => randomBytes(24).toString('base64url');
