import type { ChannelAdapter, HttpReply, InboundEvent, InboundRequest } from '@tributary/channels';
import { type ChannelId, type ChannelType, parseId } from '@tributary/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { isAway } from '../store/away.ts';
import type { Channel, Registry } from '../store/registry.ts';
import type { Drops } from './drops.ts';
import type { IntakeLine } from './intake.ts';
import type { Intake } from './pages.ts';
import { takeIn } from './read.ts';

export interface DoorTools {
  registry: Registry;
  adapterOf(type: string): ChannelAdapter | undefined;
  intake: IntakeLine;
  drops: Drops;
  publicUrl(): string;
  log: Logger;
  /** What a provider that waits for words is answered, once its request is committed. */
  replyTo(request: InboundRequest, channel: Channel, adapter: ChannelAdapter): Promise<HttpReply | undefined>;
  /** What was accepted, once it is committed. */
  accepted(channel: Channel, adapter: ChannelAdapter, events: readonly InboundEvent[]): void;
}

/** Requests waiting for the database beyond this are asked to come again: memory is kept for those already here. */
const MOST_WAITING = 5_000;
/** Bytes of bodies in memory at once, over all requests: nobody has proved yet who sent them. */
const MOST_HELD = 256 * 1024 * 1024;

/**
 * The door of the providers: one URL for each channel, and one for each type, where the body names the channel and so proves nothing: there an
 * event is accepted only by channels of the account it names whose own secret verifies these very bytes.
 */
export function registerDoor(server: FastifyInstance, tools: DoorTools): void {
  server.register(async (door) => {
    // Raw bytes for everything, whatever the content type says: signatures are over bytes.
    door.removeAllContentTypeParsers();
    const held = { bytes: 0, of: new WeakMap<FastifyRequest, number>() };
    door.addContentTypeParser('*', (request: FastifyRequest, body: AsyncIterable<Buffer>) =>
      readBody(body, tools.adapterOf((request.params as { type?: string }).type ?? '')?.bodyLimit ?? 0, (more) => {
        held.bytes += more;
        held.of.set(request, (held.of.get(request) ?? 0) + more);
        return held.bytes <= MOST_HELD;
      }),
    );
    door.addHook('onResponse', async (request) => {
      held.bytes -= held.of.get(request) ?? 0;
    });
    door.setErrorHandler((error: { statusCode?: number; message: string }, _request, reply) => {
      const status = isAway(error) ? 503 : (error.statusCode ?? 500);
      if (status >= 500) tools.log.error({ err: error }, 'A provider request failed at the door.');
      if (status === 503) reply.header('retry-after', '5');
      reply.code(status).send({
        code: status === 413 ? 'PAYLOAD_TOO_LARGE' : status === 503 ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_ERROR',
        message:
          status === 413
            ? 'The body is larger than this channel accepts.'
            : status === 503
              ? isAway(error)
                ? 'The database cannot be reached just now.'
                : error.message
              : 'Something went wrong on our side.',
      });
    });
    for (const prefix of ['', '/api/v1']) {
      door.route<{ Params: { type: string; channel: string } }>({
        method: ['GET', 'POST'],
        url: `${prefix}/webhooks/:type/:channel`,
        handler: (request, reply) => atChannel(request, reply, tools),
      });
      // What follows the channel is the adapter's to read: `/status`, `/recording`.
      door.route<{ Params: { type: string; channel: string } }>({
        method: ['GET', 'POST'],
        url: `${prefix}/webhooks/:type/:channel/*`,
        handler: (request, reply) => atChannel(request, reply, tools),
      });
      door.route<{ Params: { type: string } }>({
        method: ['GET', 'POST'],
        url: `${prefix}/webhooks/:type`,
        handler: (request, reply) => atType(request, reply, tools),
      });
    }
  });
}

/** The whole body, or 413 as soon as it is longer than its channel accepts: mail with files is large, the rest is not. */
async function readBody(body: AsyncIterable<Buffer>, limit: number, hold: (more: number) => boolean): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw Object.assign(new Error('The body is too large.'), { statusCode: 413 });
    if (!hold(chunk.length)) throw Object.assign(new Error('Too much is being received.'), { statusCode: 503 });
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
}

function readRequest(request: FastifyRequest, tools: DoorTools): InboundRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  return {
    via: 'http',
    method: request.method,
    publicUrl: `${tools.publicUrl()}${request.raw.url ?? request.url}`,
    headers,
    body: Buffer.isBuffer(request.body) ? request.body : new Uint8Array(),
    receivedAt: new Date(),
  };
}

const refuse = (reply: FastifyReply, status: number, code: string, message: string): FastifyReply =>
  reply.code(status).send({ code, message });

async function atChannel(
  request: FastifyRequest<{ Params: { type: string; channel: string } }>,
  reply: FastifyReply,
  tools: DoorTools,
): Promise<FastifyReply> {
  const id = parseId('channel', request.params.channel) as ChannelId | undefined;
  const channel = id && (await tools.registry.get(id));
  const adapter = channel && tools.adapterOf(channel.type);
  if (!channel || !adapter || channel.type !== request.params.type)
    return refuse(reply, 404, 'CHANNEL_NOT_FOUND', 'There is no such channel.');
  const inbound = readRequest(request, tools);
  if (inbound.body.length > adapter.bodyLimit)
    return refuse(reply, 413, 'PAYLOAD_TOO_LARGE', 'The body is larger than this channel accepts.');
  const greeting = adapter.handshake?.(inbound, channel.config);
  if (greeting) return give(reply, greeting);
  if (request.method === 'GET')
    return refuse(reply, 404, 'RESOURCE_NOT_FOUND', 'This address takes the provider’s POST requests.');
  if (!adapter.verify(inbound, channel.config)) {
    tools.drops.count(channel, 'bad_signature');
    return refuse(reply, 401, 'INVALID_SIGNATURE', 'The request is not signed by this channel’s provider.');
  }
  const intake = takeIn(inbound, channel, adapter, tools.drops);
  await enter([intake], reply, tools);
  tools.accepted(channel, adapter, intake.events);
  const answer = (await tools.replyTo(inbound, channel, adapter)) ?? adapter.accepted?.(inbound, channel.config);
  return answer ? give(reply, answer) : reply.code(200).send();
}

const give = (reply: FastifyReply, { status, contentType = 'text/plain', body = '' }: HttpReply): FastifyReply =>
  reply.code(status).type(contentType).send(body);

async function atType(
  request: FastifyRequest<{ Params: { type: string } }>,
  reply: FastifyReply,
  tools: DoorTools,
): Promise<FastifyReply> {
  const type = request.params.type as ChannelType;
  const adapter = tools.adapterOf(type);
  if (!adapter?.accounts)
    return refuse(
      reply,
      404,
      'RESOURCE_NOT_FOUND',
      'This channel type has an address for each channel: /webhooks/TYPE/CHANNEL.',
    );
  const inbound = readRequest(request, tools);
  if (inbound.body.length > adapter.bodyLimit)
    return refuse(reply, 413, 'PAYLOAD_TOO_LARGE', 'The body is larger than this channel accepts.');
  const accounts = request.method === 'GET' ? [] : [...new Set(adapter.accounts(inbound))];
  if (accounts.length === 0) {
    // What names nobody may be the provider’s check of this URL.
    const answers = tools.registry.byType(type).map((channel) => adapter.handshake?.(inbound, channel.config));
    const greeting = answers.find((answer) => answer?.status === 200) ?? answers.find(Boolean);
    if (greeting) return give(reply, greeting);
    if (request.method === 'GET') return refuse(reply, 403, 'INVALID_SIGNATURE', 'No channel knows this verify token.');
  }
  const named = accounts.flatMap((account) => tools.registry.byAccount(type, account));
  const verified = named.filter((channel) => {
    const genuine = adapter.verify(inbound, channel.config);
    if (!genuine) tools.drops.count(channel, 'bad_signature');
    return genuine;
  });
  if (verified.length === 0)
    return refuse(reply, 401, 'INVALID_SIGNATURE', 'No channel this request names has signed it.');
  const intakes = verified.map((channel) => takeIn(inbound, channel, adapter, tools.drops));
  await enter(intakes, reply, tools);
  for (const intake of intakes) tools.accepted(intake.channel, adapter, intake.events);
  return reply.code(200).send();
}

async function enter(intakes: Intake[], reply: FastifyReply, tools: DoorTools): Promise<void> {
  if (tools.intake.backlog > MOST_WAITING) {
    reply.header('retry-after', '1');
    throw Object.assign(new Error('Too many requests are waiting.'), { statusCode: 503 });
  }
  await tools.intake.accept(intakes);
}
