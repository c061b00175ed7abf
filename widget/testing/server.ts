import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Frame, MessageFrame, Session, Uploaded, VisitorEvent } from '@tributary/protocol';
import { type WebSocket, WebSocketServer } from 'ws';

/** How the door treats the next requests: `lost` takes the events and dies before it answers. */
export type DoorMood = 'open' | 'dead' | 'lost' | 'renew' | number;

/** A platform of a hundred lines, as far as the widget sees it, with every fault a test wants. One visitor at a time. */
export interface TinyServer {
  api: string;
  door: DoorMood;
  sessions: 'open' | 'dead' | number;
  sockets: 'open' | 'refused';
  /** What the door took, once each, in order. */
  taken: VisitorEvent[];
  /** How often each id was posted. */
  posts: Map<string, number>;
  /** The cursors sockets were opened with. */
  cursors: string[];
  opened: number;
  visitorId: string;
  history: MessageFrame[];
  open(): number;
  /** Puts a frame into the log and on the open sockets. */
  publish(frame: Frame): void;
  /** Cuts every socket, as a broken network does. */
  cut(): void;
  /** Files that were uploaded, by name, and how uploads are treated. */
  uploads: Map<string, Buffer>;
  uploading: 'open' | 'dead' | number;
  /** Files served beside the API, by path. */
  pages: Map<string, { type: string; body: string; headers?: Record<string, string> }>;
  stop(): Promise<void>;
}

/** Starts one on a free port. */
export async function startTinyServer(): Promise<TinyServer> {
  const log: Frame[] = [];
  const seen = new Set<string>();
  const live = new Set<WebSocket>();
  const at = (index: number): string => `1.${index}`;

  const http = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://tiny').pathname;
    const page = server.pages.get(path);
    if (page) {
      response.writeHead(200, { 'content-type': page.type, ...page.headers }).end(page.body);
      return;
    }
    response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
    response.setHeader('access-control-allow-headers', 'authorization, content-type');
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    if (path.endsWith('/uploads')) return answerUpload(request, response);
    const body = await readBody(request);
    if (path.endsWith('/sessions')) return answerSession(response);
    if (path.startsWith('/webhooks/webchat/')) return answerDoor(body, response);
    response.writeHead(404).end();
  };
  const answerSession = (response: ServerResponse): void => {
    server.opened++;
    if (server.sessions === 'dead') {
      response.destroy();
      return;
    }
    if (server.sessions !== 'open') {
      response.writeHead(server.sessions).end();
      return;
    }
    if (server.door === 'renew') server.door = 'open';
    const session: Session = {
      visitorId: server.visitorId,
      token: `token-of-${server.visitorId}-${server.opened}`,
      config: {
        title: 'Acme',
        greeting: 'Hello! How can we help?',
        position: 'right',
        uploads: { maxBytes: 1024 * 1024, types: ['image/*', 'application/pdf'] },
      },
      messages: server.history,
      cursor: at(log.length),
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(session));
  };
  const answerUpload = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (server.uploading === 'dead') {
      response.destroy();
      return;
    }
    if (server.uploading !== 'open') {
      response.writeHead(server.uploading).end();
      return;
    }
    const filename = new URL(request.url ?? '/', 'http://tiny').searchParams.get('filename') ?? '';
    const bytes = Buffer.concat(chunks);
    server.uploads.set(filename, bytes);
    const mimeType = request.headers['content-type'] ?? '';
    const uploaded = {
      upload: `handle-of-${filename}`,
      type: mimeType.startsWith('image/') ? 'image' : 'document',
      mimeType,
      size: bytes.length,
      filename,
      url: `${server.api}/files/${filename}`,
    } satisfies Uploaded;
    server.pages.set(`/files/${filename}`, { type: mimeType, body: bytes.toString('latin1') });
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(uploaded));
  };
  const answerDoor = (body: string, response: ServerResponse): void => {
    const { door } = server;
    if (door === 'dead') {
      response.destroy();
      return;
    }
    const { events } = JSON.parse(body) as { events: VisitorEvent[] };
    for (const event of events) {
      const key = 'id' in event ? event.id : JSON.stringify(event);
      server.posts.set(key, (server.posts.get(key) ?? 0) + 1);
    }
    if (typeof door === 'number' || door === 'renew') {
      response.writeHead(door === 'renew' ? 401 : door).end();
      return;
    }
    for (const event of events) {
      const key = 'id' in event ? event.id : JSON.stringify(event);
      if (seen.has(key)) continue;
      seen.add(key);
      server.taken.push(event);
    }
    if (door === 'lost') response.destroy();
    else response.writeHead(200).end();
  };

  const sockets = new WebSocketServer({ noServer: true });
  http.on('upgrade', (request, socket, head) => {
    if (server.sockets === 'refused') {
      socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (page) => {
      const cursor = new URL(request.url ?? '/', 'http://tiny').searchParams.get('cursor') ?? at(log.length);
      server.cursors.push(cursor);
      live.add(page);
      page.on('close', () => live.delete(page));
      page.on('message', () => page.send('{"type":"pong"}'));
      for (let index = Number(cursor.slice(2)); index < log.length; index++) {
        page.send(JSON.stringify({ cursor: at(index + 1), ...log[index] }));
      }
      page.send(JSON.stringify({ type: 'ready', cursor: at(log.length) }));
    });
  });

  const server: TinyServer = {
    api: '',
    door: 'open',
    sessions: 'open',
    sockets: 'open',
    taken: [],
    posts: new Map(),
    cursors: [],
    opened: 0,
    visitorId: 'v_0123456789abcdef',
    history: [],
    uploads: new Map(),
    uploading: 'open',
    pages: new Map(),
    open: () => live.size,
    publish(frame) {
      log.push(frame);
      for (const page of live) page.send(JSON.stringify({ cursor: at(log.length), ...frame }));
    },
    cut() {
      for (const page of live) page.terminate();
    },
    async stop() {
      server.cut();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  server.api = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return server;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** A message of the business, as a frame. */
export function messageFrame(id: string, text = id): MessageFrame {
  return { type: 'message', id, at: new Date().toISOString(), from: 'business', content: { type: 'text', text } };
}

/** Waits until something has come about. */
export async function until(met: () => boolean, what = 'It', ms = 8_000): Promise<void> {
  for (let waited = 0; !met(); waited += 5) {
    if (waited > ms) throw new Error(`${what} did not come about in time.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
