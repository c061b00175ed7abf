import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HttpReply, InboundEvent, InboundRequest } from '../adapter.ts';
import { type EmailConfig, fromOf, readMailbox } from './config.ts';

/** One click, or one button, ends our mail (RFC 8058): a link of ours that names an address and proves that we wrote it. */

const PATH = '/unsubscribe';

/** The link for an address, below the channel’s webhook; absent without a secret to sign with. */
export function unsubscribeLink(address: string, callbackUrl: string, config: EmailConfig): string | undefined {
  if (!config.unsubscribeSecret) return undefined;
  return `${callbackUrl}${PATH}?${new URLSearchParams({ a: address, s: sign(address, config.unsubscribeSecret) })}`;
}

/** Whether the link was made by us; `undefined` where the request is no such link. */
export function verifyUnsubscribe(request: InboundRequest, config: EmailConfig): boolean | undefined {
  const asked = readLink(request);
  if (!asked) return undefined;
  if (!config.unsubscribeSecret || !asked.address) return false;
  const expected = Buffer.from(sign(asked.address, config.unsubscribeSecret));
  const given = Buffer.from(asked.signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** A person who follows the link is asked first: programs that look at links must not unsubscribe anybody. */
export function answerUnsubscribe(request: InboundRequest, config: EmailConfig): HttpReply | undefined {
  const asked = readLink(request);
  if (!asked || request.method !== 'GET') return undefined;
  if (!verifyUnsubscribe(request, config)) return page(403, 'This link is not valid any more.', '');
  return page(200, `Send no more mail to ${asked.address}?`, '<form method="post"><button>Unsubscribe</button></form>');
}

/** What the person reads when it is done. */
export const unsubscribed = (request: InboundRequest): HttpReply | undefined =>
  readLink(request) ? page(200, 'Done. You will get no more mail from us.', '') : undefined;

/** The consent that a click withdraws. */
export function readUnsubscribe(request: InboundRequest, config: EmailConfig): InboundEvent[] | undefined {
  const asked = readLink(request);
  if (!asked) return undefined;
  const address = readMailbox(asked.address);
  if (!address) return [];
  return [
    {
      type: 'consent',
      // Opting in again in between makes a later click a new one.
      key: `consent:unsubscribe:${address}:${Math.floor(request.receivedAt.getTime() / 600_000)}`,
      account: fromOf(config),
      at: request.receivedAt,
      raw: { link: true },
      from: { kind: 'email', value: address },
      state: 'opted_out',
      word: 'unsubscribe',
    },
  ];
}

const sign = (address: string, secret: string): string =>
  createHmac('sha256', secret).update(`unsubscribe ${address}`).digest('base64url');

function readLink(request: InboundRequest): { address: string; signature: string } | undefined {
  if (!URL.canParse(request.publicUrl)) return undefined;
  const url = new URL(request.publicUrl);
  if (!url.pathname.endsWith(PATH)) return undefined;
  return { address: url.searchParams.get('a') ?? '', signature: url.searchParams.get('s') ?? '' };
}

function page(status: number, says: string, more: string): HttpReply {
  const words = says.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
  const style = 'font:16px system-ui;max-width:32rem;margin:20vh auto;padding:0 1rem;text-align:center';
  const body = `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${words}</title><body style="${style}"><p>${words}</p>${more}`;
  return { status, contentType: 'text/html; charset=utf-8', body };
}
