import type { IdKind } from '@tributary/protocol';
import { parseId } from '@tributary/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static, type TObject, type TSchema } from 'typebox';
import { ApiError, type ApiErrorCode } from '../errors.ts';
import { untilTomorrow, withLinks } from '../media/links.ts';
import type { Db, Tx } from '../store/db.ts';
import type { Permission } from '../store/keys.ts';
import type { Auth, Doorkeeper } from './auth.ts';
import type { ApiDeps } from './deps.ts';
import { Refusal } from './wire/refusal.ts';
import { answerWrite, type Written } from './write.ts';

/** A route: its address, who may call it, and the schemas its check, its types and its documentation are made from. */
export interface Route<P extends TObject, Q extends TObject, B extends TSchema> {
  url: string;
  /** `null`: anybody of the workspace. */
  permission: Permission | null;
  /** The heading it stands under in the documentation. */
  tag: string;
  summary: string;
  description?: string;
  params?: P;
  query?: Q;
  body?: B;
  /** Bytes; what the server takes by default where absent. */
  bodyLimit?: number;
  /** The schema of each answer that is not a refusal; `null` for an empty one. */
  answers: Readonly<Record<number, TSchema | null>>;
}

/** A checked request. */
export interface Asked<P extends TObject, Q extends TObject, B extends TSchema> {
  auth: Auth;
  params: Static<P>;
  query: Static<Q>;
  body: Static<B>;
  request: FastifyRequest;
}

/** The only ways to add a route, so that none forgets who is asking, and no write forgets its Idempotency-Key. */
export class Routes {
  readonly deps: ApiDeps;
  private readonly app: FastifyInstance;
  private readonly door: Doorkeeper;
  constructor(app: FastifyInstance, door: Doorkeeper, deps: ApiDeps) {
    this.app = app;
    this.door = door;
    this.deps = deps;
  }

  /** A GET answered with 200 and what `work` returns. */
  read<P extends TObject, Q extends TObject, B extends TSchema>(
    route: Route<P, Q, B>,
    work: (db: Db, asked: Asked<P, Q, B>) => Promise<unknown>,
  ): void {
    this.add('GET', route, async (asked, _request, reply) =>
      reply.send(this.linked(await work(this.deps.db, asked), asked.auth)),
    );
  }

  /** A POST that only asks: nothing is written, so it takes no Idempotency-Key. */
  ask<P extends TObject, Q extends TObject, B extends TSchema>(
    route: Route<P, Q, B>,
    work: (db: Db, asked: Asked<P, Q, B>) => Promise<unknown>,
  ): void {
    this.add('POST', route, async (asked, _request, reply) =>
      reply.send(this.linked(await work(this.deps.db, asked), asked.auth)),
    );
  }

  /** A GET that answers on its own, as a stream. */
  stream<P extends TObject, Q extends TObject, B extends TSchema>(
    route: Route<P, Q, B>,
    work: (asked: Asked<P, Q, B>, reply: FastifyReply) => Promise<unknown>,
  ): void {
    const answer = async (asked: Asked<P, Q, B>, _request: FastifyRequest, reply: FastifyReply) => {
      await work(asked, reply);
      return reply;
    };
    // A HEAD of something that never ends would never end.
    this.add('GET', route, answer, { exposeHeadRoute: false });
  }

  /** For whoever is not known yet: signing in. No Idempotency-Key, for nothing of it may be told twice. */
  open<P extends TObject, Q extends TObject, B extends TSchema>(
    method: 'GET' | 'POST',
    route: Omit<Route<P, Q, B>, 'permission'>,
    work: (asked: Omit<Asked<P, Q, B>, 'auth'>, reply: FastifyReply) => Promise<unknown>,
  ): void {
    this.app.route({
      method,
      url: route.url,
      schema: { ...schemaOf(method, { ...route, permission: null }), security: [] },
      handler: async (request, reply) => {
        const { params, query, body } = request as FastifyRequest<{
          Params: Static<P>;
          Querystring: Static<Q>;
          Body: Static<B>;
        }>;
        return reply.send(
          await work(
            { params: params as Static<P>, query: query as Static<Q>, body: body as Static<B>, request },
            reply,
          ),
        );
      },
    });
  }

  /** A write, in one transaction. */
  write<P extends TObject, Q extends TObject, B extends TSchema>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    route: Route<P, Q, B>,
    work: (tx: Tx, asked: Asked<P, Q, B>) => Promise<Written>,
  ): void {
    this.prepared(method, route, async () => undefined, work);
  }

  /** A write with something before its transaction that takes longer than a transaction should: files that come along. */
  prepared<P extends TObject, Q extends TObject, B extends TSchema, Prepared>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    route: Route<P, Q, B>,
    prepare: (asked: Asked<P, Q, B>) => Promise<Prepared>,
    work: (tx: Tx, asked: Asked<P, Q, B>, prepared: Prepared) => Promise<Written>,
  ): void {
    this.add(method, route, async (asked, request, reply) => {
      const prepared = await prepare(asked);
      return answerWrite(this.deps, asked.auth, request, reply, async (tx) => {
        const written = await work(tx, asked, prepared);
        return { ...written, body: this.linked(written.body, asked.auth) };
      });
    });
  }

  /** A change of a resource, under both verbs that programs use for it. */
  change<P extends TObject, Q extends TObject, B extends TSchema>(
    route: Route<P, Q, B>,
    work: (tx: Tx, asked: Asked<P, Q, B>) => Promise<Written>,
  ): void {
    this.write('PATCH', route, work);
    this.write('PUT', { ...route, summary: `${route.summary} (the same as PATCH)` }, work);
  }

  /** Wherever an answer names a stored file, a link to it stands beside. */
  private linked(answer: unknown, { workspaceId }: Auth): unknown {
    const until = untilTomorrow(new Date());
    return withLinks(answer, (id) => this.deps.files.links.sign(workspaceId, id, until));
  }

  private add<P extends TObject, Q extends TObject, B extends TSchema>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    route: Route<P, Q, B>,
    answer: (asked: Asked<P, Q, B>, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
    more: { exposeHeadRoute?: boolean } = {},
  ): void {
    const admitted = new WeakMap<FastifyRequest, Auth>();
    this.app.route({
      method,
      url: route.url,
      ...(route.bodyLimit ? { bodyLimit: route.bodyLimit } : {}),
      ...more,
      schema: schemaOf(method, route),
      // Before the body is read and checked: a stranger learns nothing from faults.
      onRequest: async (request) => {
        admitted.set(request, await this.door.admit(request, route.permission));
      },
      handler: (request, reply) =>
        answer(
          {
            auth: admitted.get(request)!,
            params: request.params as Static<P>,
            query: request.query as Static<Q>,
            body: request.body as Static<B>,
            request,
          },
          request,
          reply,
        ),
    });
  }
}

function schemaOf<P extends TObject, Q extends TObject, B extends TSchema>(method: string, route: Route<P, Q, B>) {
  const response: Record<string, TSchema> = { '4xx': Refusal, '5xx': Refusal };
  for (const [status, schema] of Object.entries(route.answers)) {
    response[status] = schema ?? Type.Null({ description: 'Empty.' });
  }
  return {
    tags: [route.tag],
    summary: route.summary,
    description: describe(route),
    ...(route.params && { params: route.params }),
    ...(route.query && { querystring: route.query }),
    ...(route.body && method !== 'GET' && { body: route.body }),
    response,
  };
}

function describe(route: { permission: Permission | null; description?: string }): string {
  const needs = route.permission ? `Needs the permission \`${route.permission}\`.` : '';
  return [route.description, needs].filter(Boolean).join('\n\n');
}

/** The parameters of every address with an id in it. Not checked here: an id of the wrong form is 404, not 400. */
export const IdParams = Type.Object({ id: Type.String() });

const NOT_FOUND: Partial<Record<IdKind, ApiErrorCode>> = {
  channel: 'CHANNEL_NOT_FOUND',
  contact: 'CONTACT_NOT_FOUND',
  conversation: 'CONVERSATION_NOT_FOUND',
  message: 'MESSAGE_NOT_FOUND',
  bot: 'BOT_NOT_FOUND',
  inbox: 'INBOX_NOT_FOUND',
};
export const notFound = (kind: IdKind): ApiError => new ApiError(NOT_FOUND[kind] ?? 'RESOURCE_NOT_FOUND');

/** An id a caller sent, or 404. */
export function needId<Kind extends IdKind>(kind: Kind, text: string) {
  const id = parseId(kind, text);
  if (!id) throw notFound(kind);
  return id;
}

/** What a look-up found, or 404. */
export function needFound<T>(kind: IdKind, found: T | undefined): T {
  if (found === undefined) throw notFound(kind);
  return found;
}
