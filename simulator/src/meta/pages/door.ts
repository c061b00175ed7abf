import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerText } from '../../http.ts';
import type { Lab } from '../../lab.ts';
import { inCrowd } from '../../people.ts';
import { asciiJson } from '../callback.ts';
import { MetaError } from '../error.ts';
import { allPages, type PageAccount } from './account.ts';
import { refusal } from './error.ts';
import { answerApp, answerPageNode, type Question, refreshToken } from './nodes.ts';
import { type Accepted, sendMessage, tooMany } from './send.ts';

type Json = Record<string, unknown>;

/** A request to the Graph API that concerns a page, an Instagram account, or their app. */
export interface PageRequest {
  request: IncomingMessage;
  response: ServerResponse;
  /** With the version, as it was asked. */
  path: string;
  edge: string;
  token: string;
  question: Question;
}

/** Whether a token is one of a page, an account or an app of theirs: WhatsApp answers the others. */
export function isOfPages(lab: Lab, token: string | undefined): token is string {
  if (token === undefined) return false;
  const app = token.split('|')[0];
  return allPages(lab).some((account) => account.token === token || (token.includes('|') && account.appId === app));
}

/** Answers as graph.facebook.com and graph.instagram.com do. */
export async function answerPages(lab: Lab, asked: PageRequest): Promise<void> {
  const { request, response, edge, token, question } = asked;
  const started = performance.now();
  const account = accountOf(lab, token, question);
  const chaos = account && lab.chaos[account.product];
  let accepted: Accepted = { answer: {} };
  let status = 200;
  let hang = false;
  try {
    if (account) lab.count(`${account.product} ${edge || question.method}`);
    if (question.node === 'refresh_access_token') accepted = { answer: refreshToken(account) };
    else if (!account) accepted = { answer: await answerApp(lab, token, question) };
    else if (edge !== 'messages' || question.method !== 'POST' || !isOwn(account, question.node)) {
      accepted = { answer: await answerPageNode(lab, account, edge, question) };
    } else {
      const misfortune = chaos?.onRequest();
      if (misfortune === 'rate') throw tooMany(account);
      if (misfortune === 'error') throw refusal(2, 'Service temporarily unavailable', undefined, 500);
      hang = misfortune === 'hang';
      accepted = await sendMessage(lab, account, question.body);
    }
  } catch (cause) {
    if (!(cause instanceof MetaError)) throw cause;
    status = cause.status;
    accepted = { answer: cause.body };
  }
  if (chaos?.draw(chaos.settings.earlyReceipt)) {
    // The echo overtakes the answer it speaks of.
    accepted.after?.();
    accepted = { ...accepted, after: () => {} };
    await new Promise<void>((resolve) => lab.later(60, resolve));
  }
  const { answer, person, messageId, after } = accepted;
  if (!hang) answerText(response, status, asciiJson(JSON.stringify(answer)));
  if (account && !(person && inCrowd(person))) {
    lab.tell(person, {
      type: 'request',
      provider: account.product,
      account: account.id,
      method: request.method ?? 'POST',
      path: asked.path,
      status: hang ? 0 : status,
      ms: Math.round((performance.now() - started) * 10) / 10,
      request: question.body as Json,
      answer: hang ? null : answer,
      ...(messageId ? { messageId } : {}),
    });
  }
  after?.();
}

const isOwn = (account: PageAccount, node: string): boolean => node === 'me' || node === account.node;

/** Whom a token speaks for. One page's token may speak for its Messenger and its Instagram: the request then tells which it means. */
function accountOf(lab: Lab, token: string, { query, body }: Question): PageAccount | undefined {
  const found = allPages(lab).filter((account) => account.token === token);
  if (found.length < 2) return found[0];
  const to = (body.recipient as Json | undefined)?.id;
  const linked = (query.get('fields') ?? '').includes('instagram_business_account');
  const meant =
    body.platform ??
    query.get('platform') ??
    (linked || (typeof to === 'string' && lab.people.byIgsid(to)) ? 'instagram' : undefined);
  return found.find(({ product }) => product === (meant === 'instagram' ? 'instagram' : 'facebook'));
}
