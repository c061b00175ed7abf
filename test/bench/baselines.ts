import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import Fastify from 'fastify';
import { NUMBER } from '../stage/channels.ts';

/** What a webhook costs without a database: the ceilings our figures are given as shares of. Each runs as a process of its own. */
export async function serveBaseline(kind: 'node' | 'fastify'): Promise<number> {
  const genuine = (body: Buffer, header: string): boolean => {
    const wanted = Buffer.from(`sha256=${createHmac('sha256', NUMBER.appSecret).update(body).digest('hex')}`);
    const given = Buffer.from(header);
    return wanted.length === given.length && timingSafeEqual(wanted, given);
  };
  if (kind === 'node') {
    const server = createServer((request, response) => {
      request.on('data', () => {});
      request.on('end', () => response.writeHead(200).end());
    });
    return new Promise((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    );
  }
  const app = Fastify({ logger: false });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post<{ Params: { type: string; channel: string } }>('/webhooks/:type/:channel', (request, reply) => {
    const body = request.body as Buffer;
    if (!genuine(body, String(request.headers['x-hub-signature-256']))) return reply.code(401).send();
    JSON.parse(body.toString());
    return reply.code(200).send();
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return (app.server.address() as { port: number }).port;
}
