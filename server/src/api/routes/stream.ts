import Type from 'typebox';
import { openEventStream } from '../../realtime/stream.ts';
import type { Routes } from '../route.ts';

/** The workspace's events as they happen, as Server-Sent Events. */
export function streamRoutes(routes: Routes): void {
  const { deps } = routes;
  routes.stream(
    {
      url: '/events/stream',
      permission: 'conversations:read',
      tag: 'Events',
      summary: 'Follow the workspace’s events',
      description:
        'Server-Sent Events; each `data` is `{id, type, at, channelId, conversationId, subjectId, data}`. The `id` is a cursor: sent back as `Last-Event-ID`, nothing that happened meanwhile is missed.',
      query: Type.Object({
        types: Type.Optional(Type.Array(Type.String(), { description: 'Only these.' })),
        lastEventId: Type.Optional(Type.String({ description: 'The same as the header `Last-Event-ID`.' })),
      }),
      answers: { 200: Type.String({ description: 'text/event-stream' }) },
    },
    async ({ auth, query, request }, reply) => {
      const header = request.headers['last-event-id'];
      reply.hijack();
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        // Proxies that gather answers would hold events back.
        'x-accel-buffering': 'no',
      });
      const lastEventId = query.lastEventId ?? (typeof header === 'string' ? header : undefined);
      const close = openEventStream(
        deps.hub,
        deps.db,
        { workspaceId: auth.workspaceId, lastEventId, types: query.types },
        reply.raw,
      );
      reply.raw.once('close', close);
    },
  );
}
