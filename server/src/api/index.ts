import type { IncomingHttpHeaders } from 'node:http';
import cookie from '@fastify/cookie';
import { newUuid } from '@tributary/protocol';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import manifest from '../../package.json' with { type: 'json' };
import { ApiError } from '../errors.ts';
import { sweepIdempotencyKeys } from '../store/idempotency.ts';
import { Doorkeeper } from './auth.ts';
import { checkCompiler } from './check.ts';
import type { ApiDeps } from './deps.ts';
import { registerDocs } from './docs.ts';
import { answerFailure } from './failure.ts';
import { Routes } from './route.ts';
import { authRoutes } from './routes/auth.ts';
import { botRoutes } from './routes/bots.ts';
import { channelActionRoutes } from './routes/channel_actions.ts';
import { channelProviderRoutes } from './routes/channel_provider.ts';
import { channelTypeRoutes } from './routes/channel_types.ts';
import { channelRoutes } from './routes/channels.ts';
import { contactRoutes } from './routes/contacts.ts';
import { conversationRoutes } from './routes/conversations.ts';
import { inboxRoutes } from './routes/inboxes.ts';
import { journalRoutes } from './routes/journal.ts';
import { keyRoutes } from './routes/keys.ts';
import { labRoutes } from './routes/lab.ts';
import { mediaRoutes } from './routes/media.ts';
import { messageRoutes } from './routes/messages.ts';
import { previewRoutes } from './routes/preview.ts';
import { routingRoutes } from './routes/routing.ts';
import { streamRoutes } from './routes/stream.ts';

const SWEEP_MS = 3_600_000;

/**
 * The native API, to be registered with the prefix /api/v1, and its documentation at /docs and /openapi.json. Cookies are read for the whole
 * server; everything else the API sets stays within its prefix.
 */
export function buildApi(deps: ApiDeps): FastifyPluginAsync<{ prefix?: string }> {
  const plugin: FastifyPluginAsync<{ prefix?: string }> = async (app, { prefix }) => {
    if (!app.hasRequestDecorator('cookies')) await app.register(cookie);
    // First, because it listens for routes being added.
    await registerDocs(app, manifest.version);
    await app.register(async (scope) => serve(scope, deps), { prefix });
  };
  // Registered on the server itself rather than in a scope of its own: the documentation does not lie under the prefix.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}

function serve(app: FastifyInstance, deps: ApiDeps): void {
  app.setGenReqId((request) => requestIdOf(request.headers));
  app.setValidatorCompiler(checkCompiler);
  // The answers are made whole by the presenters; a schema must not strip them. A test holds the two together.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  app.setErrorHandler(answerFailure);
  app.setNotFoundHandler(() => {
    throw new ApiError('RESOURCE_NOT_FOUND');
  });
  readBodies(app);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });

  const sweep = setInterval(() => {
    sweepIdempotencyKeys(deps.db).catch((error) =>
      app.log.warn({ err: error }, 'Old idempotency keys could not be forgotten yet.'),
    );
  }, SWEEP_MS);
  sweep.unref();
  app.addHook('onClose', async () => clearInterval(sweep));

  const door = new Doorkeeper(deps);
  const routes = new Routes(app, door, deps);
  authRoutes(routes);
  channelRoutes(routes);
  channelActionRoutes(routes);
  channelProviderRoutes(routes);
  channelTypeRoutes(routes);
  contactRoutes(routes);
  conversationRoutes(routes);
  messageRoutes(routes);
  previewRoutes(routes);
  botRoutes(routes);
  inboxRoutes(routes);
  routingRoutes(routes);
  keyRoutes(routes);
  journalRoutes(routes);
  streamRoutes(routes);
  labRoutes(routes);
  // In a scope of its own: nobody else takes forms.
  app.register((scope) => mediaRoutes(scope, new Routes(scope, door, deps)));
}

/** JSON, and nothing at all: clients that always name a content type also do so without a body. */
function readBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parse(request, body, done);
  });
}

/** A caller's own request id, when it is one that can stand in a log line. */
function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : `req_${newUuid()}`;
}
