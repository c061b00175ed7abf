import type { PhoneMessage } from '../control.ts';
import { isObject } from '../http.ts';
import { badRequest } from './error.ts';
import { checkUrl } from './runs.ts';

type Rows = NonNullable<PhoneMessage['buttons']>;

/** What a reply_markup means for the phone. */
export interface Keyboard {
  /** Under the message. */
  inline?: Rows;
  /** Under the input line. */
  reply?: { rows: Rows; oneTime: boolean };
  remove?: boolean;
}

const decoration = new Set(['text', 'icon_custom_emoji_id', 'style']);
// "About 100 buttons" is what the server lets through in practice.
const mostButtons = 100;

/** Checks what the types alone cannot say about a keyboard, and reads it for the phone. */
export function readKeyboard(markup: unknown): Keyboard {
  if (!isObject(markup)) return {};
  if (Array.isArray(markup.inline_keyboard)) {
    const rows = markup.inline_keyboard as Record<string, unknown>[][];
    checkCount(rows);
    return { inline: rows.map((row) => row.map(readInline)) };
  }
  if (Array.isArray(markup.keyboard)) {
    const rows = markup.keyboard as (Record<string, unknown> | string)[][];
    checkCount(rows);
    return { reply: { rows: rows.map((row) => row.map(readReply)), oneTime: markup.one_time_keyboard === true } };
  }
  if (markup.remove_keyboard === true) return { remove: true };
  return {};
}

function checkCount(rows: unknown[][]): void {
  let count = 0;
  for (const row of rows) count += row.length;
  if (count > mostButtons) throw badRequest('REPLY_MARKUP_TOO_LONG');
}

function readInline(button: Record<string, unknown>): Rows[number][number] {
  const text = button.text as string;
  if (text.trim() === '')
    throw badRequest("can't parse inline keyboard button: Inline keyboard button text must be non-empty");
  const actions = Object.keys(button).filter(
    (name) => !decoration.has(name) && button[name] !== undefined && button[name] !== false,
  );
  if (actions.length === 0) {
    throw badRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard");
  }
  if (actions.length > 1) {
    throw badRequest(
      `can't parse inline keyboard button: Exactly one action must be used, found ${actions.join(', ')}`,
    );
  }
  if (typeof button.callback_data === 'string') {
    return { id: button.callback_data, text, kind: 'postback', style: 'inline' };
  }
  if (typeof button.url === 'string') {
    if (checkUrl(button.url) === undefined) {
      throw badRequest(`inline keyboard button URL '${button.url}' is invalid: Wrong HTTP URL`);
    }
    return { id: button.url, text, kind: 'link', url: button.url, style: 'inline' };
  }
  const app = isObject(button.web_app)
    ? button.web_app.url
    : isObject(button.login_url)
      ? button.login_url.url
      : undefined;
  if (typeof app === 'string') {
    if (!app.startsWith('https://')) {
      throw badRequest(`inline keyboard button Web App URL '${app}' is invalid: Only HTTPS links are allowed`);
    }
    return { id: app, text, kind: 'link', url: app, style: 'inline' };
  }
  return { id: actions[0]!, text, kind: 'link', style: 'inline' };
}

function readReply(button: Record<string, unknown> | string): Rows[number][number] {
  const text = typeof button === 'string' ? button : (button.text as string);
  if (text.trim() === '') throw badRequest("can't parse keyboard button: Keyboard button text must be non-empty");
  if (typeof button !== 'string') {
    const actions = Object.keys(button).filter(
      (name) => !decoration.has(name) && button[name] !== undefined && button[name] !== false,
    );
    if (actions.length > 1) {
      throw badRequest(`can't parse keyboard button: At most one action may be used, found ${actions.join(', ')}`);
    }
    if (button.request_contact === true) return { id: text, text, kind: 'contact_request', style: 'keyboard' };
    if (button.request_location === true) return { id: text, text, kind: 'location_request', style: 'keyboard' };
  }
  return { id: text, text, kind: 'reply', style: 'keyboard' };
}
