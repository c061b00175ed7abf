import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerText, isObject, readBody, readForm, type Upload } from '../http.ts';
import type { Lab } from '../lab.ts';
import { inCrowd } from '../people.ts';
import { numbers, type WhatsappAccount } from './account.ts';
import { createTemplate, listTemplates, removeTemplate, statusOf } from './approval.ts';
import { readProfile, writeAutomation, writeProfile } from './business.ts';
import { asciiJson, callbacks } from './callback.ts';
import { badToken, MetaError, noObject, refuse } from './error.ts';
import {
  describeMedia,
  describeNumber,
  download,
  handOut,
  register,
  removeMedia,
  subscribe,
  unsubscribe,
  uploadMedia,
  wabaOf,
} from './nodes.ts';
import { answerPages, isOfPages } from './pages/door.ts';
import { type Call, markRead, sendMessage } from './send.ts';

type Json = Record<string, unknown>;

/** What a route needs of its request. */
export interface Question {
  method: string;
  node: string;
  query: URLSearchParams;
  body: Json;
  files: Map<string, Upload>;
}

const bodyLimit = 105 * 1024 * 1024;

/** `/meta/<version>/<node>/<edge>`, as graph.facebook.com answers it; `rest` is what follows `/meta`. */
export async function answerMeta(
  lab: Lab,
  request: IncomingMessage,
  response: ServerResponse,
  rest: string,
): Promise<void> {
  const started = performance.now();
  const question = rest.indexOf('?');
  const [first = '', ...others] = (question < 0 ? rest : rest.slice(0, question)).slice(1).split('/');
  const [node = '', edge = ''] = /^v\d+\.\d+$/.test(first) ? others : [first, ...others];
  const query = new URLSearchParams(question < 0 ? '' : rest.slice(question + 1));
  const call: Call = {};
  let account: WhatsappAccount | undefined;
  let body: Json = {};
  let status = 200;
  let answer: Json;
  let misfortune: ReturnType<Lab['chaos']['whatsapp']['onRequest']>;
  let after: (() => void) | undefined;
  let early = false;
  try {
    const read = await readQuestion(request, query);
    body = read.body;
    const token = bearer(request) ?? query.get('access_token') ?? undefined;
    if (node === 'cdn') {
      handOut(lab, response, edge);
      return;
    }
    if (isOfPages(lab, token)) {
      const question = { method: request.method ?? 'GET', node, query, body, files: read.files };
      await answerPages(lab, { request, response, path: `/${[first, ...others].join('/')}`, edge, token, question });
      return;
    }
    if (node === 'lookaside') {
      download(lab, response, query, token);
      return;
    }
    account = accountOf(lab, node, token);
    lab.count(`whatsapp ${edge || request.method}`);
    if (edge === 'messages' && request.method === 'POST') {
      if (account.phoneNumberId !== node) throw noObject(node, 'post');
      misfortune = lab.chaos.whatsapp.onRequest();
      if (misfortune === 'rate') throw refuse(130429, 'Cloud API message throughput has been reached.');
      if (misfortune === 'error') throw serverError(lab);
      if (body.status === 'read') answer = markRead(lab, account, body, call);
      else {
        const accepted = sendMessage(lab, account, body, call);
        answer = accepted.answer;
        after = accepted.after;
        early = lab.chaos.whatsapp.draw(lab.chaos.whatsapp.settings.earlyReceipt);
      }
    } else
      answer = await answerNode(lab, account, edge, {
        method: request.method ?? 'GET',
        node,
        query,
        body,
        files: read.files,
      });
  } catch (cause) {
    if (!(cause instanceof MetaError)) throw cause;
    status = cause.status;
    answer = cause.body;
  }
  if (early) {
    // The receipt overtakes the answer it speaks of.
    after?.();
    after = undefined;
    await new Promise<void>((resolve) => lab.later(60, resolve));
  }
  if (misfortune !== 'hang') answerText(response, status, asciiJson(JSON.stringify(answer)));
  if (account && !(call.person && inCrowd(call.person))) {
    lab.tell(call.person, {
      type: 'request',
      provider: 'whatsapp',
      account: account.public.account,
      method: request.method ?? 'POST',
      path: `/${[first, ...others].join('/')}`,
      status: misfortune === 'hang' ? 0 : status,
      ms: Math.round((performance.now() - started) * 10) / 10,
      request: body,
      answer: misfortune === 'hang' ? null : answer,
      ...(call.messageId ? { messageId: call.messageId } : {}),
    });
  }
  after?.();
}

async function answerNode(lab: Lab, account: WhatsappAccount, edge: string, question: Question): Promise<Json> {
  const { method, node } = question;
  const isNumber = account.phoneNumberId === node;
  const isWaba = account.wabaId === node;
  if (edge === '' && method === 'GET' && isNumber) return describeNumber(account, question.query.get('fields'));
  if (edge === '' && method === 'GET' && isWaba) return wabaOf(account);
  if (edge === '' && method === 'GET') return describeMedia(lab, node);
  if (edge === '' && method === 'DELETE' && !isNumber && !isWaba) return removeMedia(lab, node);
  if (edge === '' && method === 'POST' && isNumber) return register(lab, account, question.body);
  if ((edge === 'register' || edge === 'deregister') && method === 'POST' && isNumber) return { success: true };
  if (edge === 'whatsapp_business_profile' && isNumber)
    return method === 'GET' ? readProfile(account, question.query.get('fields')) : writeProfile(account, question.body);
  if (edge === 'conversational_automation' && method === 'POST' && isNumber)
    return writeAutomation(account, question.body);
  if (edge === 'media' && method === 'POST' && isNumber) return uploadMedia(lab, question);
  if (edge === 'phone_numbers' && method === 'GET' && isWaba)
    return { data: numbersOf(lab, node).map((one) => describeNumber(one, null)) };
  if (edge === 'message_templates' && isWaba) return answerTemplates(lab, account, question);
  if (edge === 'subscribed_apps' && isWaba) {
    const numbers = numbersOf(lab, node);
    if (method === 'POST') return subscribe(lab, numbers, question.body);
    if (method === 'DELETE') return unsubscribe(numbers);
    return {
      data: account.subscribed
        ? [
            {
              whatsapp_business_api_data: { id: '1', name: 'Lab App', link: lab.url },
              ...(account.wabaUrl ? { override_callback_uri: account.wabaUrl } : {}),
            },
          ]
        : [],
    };
  }
  throw noObject(node, method === 'GET' ? 'get' : method === 'DELETE' ? 'delete' : 'post');
}

/** The templates of the business account; how each fares is told by webhook. */
function answerTemplates(lab: Lab, account: WhatsappAccount, { method, query, body }: Question): Json {
  if (method === 'GET') return listTemplates(account.templates, query);
  if (method === 'DELETE') return removeTemplate(account.templates, query);
  return createTemplate(lab, account.templates, body, (template) =>
    callbacks(lab).enqueue({ account, field: 'message_template_status_update', value: statusOf(template) }),
  );
}

const numbersOf = (lab: Lab, wabaId: string) =>
  [...numbers(lab).values()].filter((account) => account.wabaId === wabaId);

/** The account that a node belongs to, if the token may see it. Media have ids of their own and belong to whoever holds a token. */
function accountOf(lab: Lab, node: string, token: string | undefined): WhatsappAccount {
  const direct = numbers(lab).get(node) ?? numbersOf(lab, node)[0];
  const holder =
    direct?.accessToken === token
      ? direct
      : [...numbers(lab).values()].find(({ accessToken }) => accessToken === token);
  if (!holder || token === undefined) throw badToken(token !== undefined);
  // Another business's number looks as if it did not exist.
  if (direct && direct !== holder && direct.wabaId !== holder.wabaId) throw noObject(node, 'get');
  return direct ?? holder;
}

function bearer(request: IncomingMessage): string | undefined {
  const header = request.headers.authorization;
  return header?.startsWith('Bearer ') ? header.slice('Bearer '.length).trim() : undefined;
}

function serverError(lab: Lab): MetaError {
  return lab.chaos.whatsapp.draw(0.5)
    ? refuse(131016, 'A service is temporarily unavailable.', 503)
    : refuse(131000, 'Message failed to send due to an unknown error.', 500);
}

async function readQuestion(
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<{ body: Json; files: Map<string, Upload> }> {
  const none = new Map<string, Upload>();
  if (request.method === 'GET') return { body: {}, files: none };
  const bytes = await readBody(request, bodyLimit);
  if (!bytes)
    throw new MetaError(413, { message: '(#100) Request entity too large', type: 'OAuthException', code: 100 });
  const type = request.headers['content-type'] ?? '';
  if (bytes.length === 0) return { body: Object.fromEntries(query), files: none };
  if (type.startsWith('multipart/form-data') || type.startsWith('application/x-www-form-urlencoded')) {
    try {
      const form = await readForm(bytes, type);
      return { body: form.fields, files: form.files };
    } catch {
      throw refuse(100, 'The request body is not a readable form.');
    }
  }
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8'));
    if (isObject(body)) return { body, files: none };
  } catch {
    // Told below, as for JSON of another shape.
  }
  throw new MetaError(400, {
    message: '(#100) The request body is not valid JSON.',
    type: 'OAuthException',
    code: 100,
  });
}
