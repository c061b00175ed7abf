import { timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import files from '@fastify/static';
import type { WorkspaceId } from '@tributary/protocol';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { SESSION_COOKIE, signSession } from './api/session.ts';

export interface PageTools {
  /** Where the build put the pages. */
  publicDir?: URL;
  lab?: { origin: string; workspaceId: WorkspaceId; ticket: string; sessionSecret: string };
}

const SESSION_MS = 30 * 24 * 3_600_000;
/** Nothing from elsewhere runs or loads in our pages; pictures and sounds of messages may come from anywhere. */
const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https: http:; media-src 'self' blob: https: http:; connect-src 'self' ws: wss:; frame-ancestors 'self'; base-uri 'none'; form-action 'self'; object-src 'none'";

/** The dashboard finds its own way below these. */
const ROOMS = ['/setup', '/login', '/channels', '/channels/*', '/matrix'];

/** Serves the dashboard, the widget and, where it runs, the Lab: its one-time door and the way to its process. */
export async function registerPages(server: FastifyInstance, { publicDir, lab }: PageTools): Promise<void> {
  const root = publicDir && fileURLToPath(publicDir);
  if (!root || !existsSync(root)) return;
  const page = await readFile(new URL('index.html', publicDir), 'utf8');
  await server.register(files, {
    root,
    wildcard: false,
    index: false,
    cacheControl: false,
    preCompressed: true,
    setHeaders(reply, path) {
      reply.header('x-content-type-options', 'nosniff');
      if (/\.html(\.gz|\.br)?$/.test(path)) reply.header('content-security-policy', POLICY);
      reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
      // The widget runs in pages of other origins.
      if (/\/widget\.js(\.gz|\.br)?$/.test(path)) reply.header('access-control-allow-origin', '*');
    },
  });
  const show = { schema: { hide: true } };
  const send = (reply: FastifyReply): FastifyReply =>
    reply
      .type('text/html')
      .header('content-security-policy', POLICY)
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .send(page);
  server.get('/', show, (_request, reply) => reply.redirect(lab ? '/lab' : '/channels'));
  for (const path of ROOMS) server.get(path, show, (_request, reply) => send(reply));
  server.get<{ Querystring: { ticket?: string } }>('/lab', show, (request, reply) => {
    const { ticket } = request.query;
    if (lab && ticket && sameText(ticket, lab.ticket)) {
      const session = signSession(lab.sessionSecret, lab.workspaceId, new Date(Date.now() + SESSION_MS));
      return reply
        .setCookie(SESSION_COOKIE, session, {
          httpOnly: true,
          sameSite: 'strict',
          path: '/',
          maxAge: SESSION_MS / 1_000,
          secure: request.protocol === 'https',
        })
        .redirect('/lab');
    }
    return send(reply);
  });
  if (lab) {
    // Only the Lab needs a proxy, and it is heavy.
    const { default: proxy } = await import('@fastify/http-proxy');
    await server.register(proxy, { upstream: lab.origin, prefix: '/lab/sim', rewritePrefix: '/lab', websocket: false });
  }
}

function sameText(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
