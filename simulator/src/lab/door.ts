import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Act, LoadRequest, Misbehaviour, Provider, Settings } from '../control.ts';
import type { WantedAccount } from '../double.ts';
import { isObject, readBody } from '../http.ts';
import type { Lab } from '../lab.ts';
import { LabError } from '../lab-error.ts';
import { isLoopback } from '../post.ts';
import { act, ensureAccount, ledger, phone, played, startLoad, stats } from './control.ts';
import { stream } from './stream.ts';

const bodyLimit = 40 * 1024 * 1024;
type Body = Record<string, unknown>;
type Route = (lab: Lab, path: string[], body: Body, query: URLSearchParams) => unknown;

/** `METHOD /first-part`; the rest of the path is handed in. */
const routes: Record<string, Route> = {
  'GET /': (lab) => ({ lab: true, url: lab.url, providers: played(lab) }),
  'GET /accounts': (lab) => lab.accounts().map((account) => account.public),
  'POST /accounts': (lab, _path, body) => ensureAccount(lab, body as unknown as WantedAccount),
  'GET /people': (lab) => lab.people.six,
  'GET /phones': (lab, [provider, account, person]) => phone(lab, provider, account, person),
  'POST /phones': (lab, [provider, account, person, what], body) => {
    if (what !== 'acts') throw new LabError(404, 'Acts are posted to /lab/phones/PROVIDER/ACCOUNT/PERSON/acts.');
    return { id: act(lab, provider, account, person, body as unknown as Act) };
  },
  'GET /misbehaviour': misbehaviour,
  'PUT /misbehaviour': (lab, _path, body) => {
    lab.misbehave(body as Partial<Record<Provider, Partial<Misbehaviour>>>);
    return misbehaviour(lab);
  },
  'GET /settings': (lab) => lab.settings,
  'PUT /settings': (lab, _path, body) => {
    lab.configure(body as Partial<Settings>);
    return lab.settings;
  },
  'POST /reset': (lab, _path, body) => {
    lab.reset(body.accounts === true);
    return { ok: true };
  },
  'POST /load': async (lab, _path, body) => {
    const request = body as unknown as LoadRequest;
    const load = startLoad(lab, request);
    if (request.wait) await load.done;
    return load.report();
  },
  'GET /load': (lab, [id]) => findLoad(lab, id).report(),
  'DELETE /load': (lab, [id]) => {
    findLoad(lab, id).stop();
    return findLoad(lab, id).report();
  },
  'GET /ledger': (lab, _path, _body, query) =>
    ledger(
      lab,
      query.get('provider'),
      query.get('account'),
      query.get('person') ?? undefined,
      query.get('summary') !== null,
    ),
  'GET /stats': stats,
};

function misbehaviour(lab: Lab): Partial<Record<Provider, Misbehaviour>> {
  return Object.fromEntries(lab.doubles.map(({ provider }) => [provider, lab.chaos[provider].settings]));
}

function findLoad(lab: Lab, id: string | undefined) {
  const load = lab.loads.get(id ?? '');
  if (!load) throw new LabError(404, `There is no load ${id}.`);
  return load;
}

/** `/lab/…`, for the Lab's page and for tests; `rest` is what follows `/lab`. */
export async function answerLab(
  lab: Lab,
  request: IncomingMessage,
  response: ServerResponse,
  rest: string,
): Promise<void> {
  if (!allowOrigin(request, response)) {
    answer(response, 403, { error: 'Only pages from this machine may drive the Lab.' });
    return;
  }
  const method = request.method ?? 'GET';
  if (method === 'OPTIONS') {
    response.writeHead(204, {
      'access-control-allow-methods': 'GET, POST, PUT, DELETE',
      'access-control-allow-headers': 'content-type, last-event-id, x-tributary-request',
      'access-control-max-age': '600',
    });
    response.end();
    return;
  }
  const url = new URL(rest || '/', 'http://lab');
  const [first = '', ...path] = url.pathname.slice(1).split('/').map(decodeURIComponent);
  try {
    if (method === 'GET' && first === 'events') {
      stream(lab, request, response, url.searchParams);
      return;
    }
    if (method === 'GET' && first === 'files') {
      sendFile(lab, response, path[0] ?? '');
      return;
    }
    const route = routes[`${method} /${first}`];
    if (!route) throw new LabError(404, `The Lab has no ${method} /lab/${first}.`);
    const body = method === 'GET' ? {} : await readJson(request);
    const result = route(lab, path, body, url.searchParams);
    const value = result instanceof Promise ? await result : result;
    answer(response, method === 'POST' && first === 'load' && body.wait !== true ? 202 : 200, value);
  } catch (cause) {
    if (!(cause instanceof LabError)) throw cause;
    answer(response, cause.status, { error: cause.message });
  }
}

/** A page from elsewhere could otherwise drive the Lab behind the back of whoever runs it. */
function allowOrigin(request: IncomingMessage, response: ServerResponse): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return true;
  response.setHeader('vary', 'origin');
  if (!isLoopback(origin)) return false;
  response.setHeader('access-control-allow-origin', origin);
  return true;
}

async function readJson(request: IncomingMessage): Promise<Body> {
  const bytes = await readBody(request, bodyLimit);
  if (!bytes) throw new LabError(413, `The body is longer than ${bodyLimit} bytes.`);
  if (bytes.length === 0) return {};
  // A form from a foreign page needs no preflight; JSON does.
  if (!request.headers['content-type']?.startsWith('application/json'))
    throw new LabError(415, 'The Lab reads application/json.');
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8'));
    if (isObject(body)) return body;
  } catch {
    // Told below, as for JSON of another shape.
  }
  throw new LabError(400, 'The body must be a JSON object.');
}

function sendFile(lab: Lab, response: ServerResponse, id: string): void {
  const file = lab.files.get(id);
  if (!file?.bytes) throw new LabError(404, `There is no file ${id}.`);
  // Pictures and sounds are shown; anything else could be a page, and is only ever saved.
  const shown = /^(image\/(png|jpeg|webp|gif)|audio\/|video\/)/.test(file.mimeType);
  response.writeHead(200, {
    'content-type': shown ? file.mimeType : 'application/octet-stream',
    'content-length': file.bytes.length,
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'content-disposition': `${shown ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(file.filename)}`,
    'cache-control': 'private, max-age=3600',
  });
  response.end(file.bytes);
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
