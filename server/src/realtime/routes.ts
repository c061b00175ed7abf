import { randomBytes } from 'node:crypto';
import type {} from '@fastify/swagger';
import websocket from '@fastify/websocket';
import { uuidOf } from '@tributary/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { ApiError, invalid } from '../errors.ts';
import type { Files } from '../media/files.ts';
import { untilTomorrow, withLinks } from '../media/links.ts';
import { readHorizon } from '../store/sockets.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { readHistory } from './history.ts';
import {
  allowPagesAtDoor,
  answerPreflight,
  answerRefusal,
  checkOrigin,
  findChannel,
  type PageDeps,
  type SocketChannel,
} from './pages.ts';
import { MAX_INBOUND_BYTES, type SocketDeps, serveSocket } from './socket.ts';
import { serveUploads } from './uploads.ts';

export interface SocketRouteDeps extends SocketDeps, PageDeps {
  files: Files;
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

/**
 * Serves the sessions and sockets of every channel type that has them, and lets their pages post to the webhook door. Registers
 * @fastify/websocket unless that is done already. Call it on the root instance before anything is awaited after the door's own registration, or
 * before the door: a plugin that has been loaded no longer takes its parent's hooks.
 */
export async function registerSocketRoutes(fastify: FastifyInstance, deps: SocketRouteDeps): Promise<void> {
  allowPagesAtDoor(fastify, deps);
  if (!fastify.hasDecorator('websocketServer')) {
    await fastify.register(websocket, { options: { maxPayload: MAX_INBOUND_BYTES } });
  }
  await fastify.register(async (routes) => serveRoutes(routes, deps));
}

function serveRoutes(fastify: FastifyInstance, deps: SocketRouteDeps): void {
  const now = deps.now ?? (() => new Date());
  fastify.setErrorHandler((error, request, reply) => answerRefusal(error, request, reply));

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
        const said = known ? await readHistory(deps.db, { ...ids, ...opened }, ability.recall, channel.config) : [];
        const until = untilTomorrow(now());
        const messages = withLinks(said, (id) => deps.files.links.sign(channel.workspaceId, id, until));
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

    void fastify.register((scope) => serveUploads(scope, type, ability, { files: deps.files, now, enter }));

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

const random = (): string => randomBytes(24).toString('base64url');
