import type { Action } from '@tributary/protocol';
import type { RenderContext } from '../adapter.ts';

interface InlineButton {
  text: string;
  callback_data?: string;
  url?: string;
  web_app?: { url: string };
}
interface KeyboardButton {
  text: string;
  request_location?: true;
}
export type Markup =
  | { inline_keyboard: InlineButton[][] }
  | { keyboard: KeyboardButton[][]; one_time_keyboard: true; resize_keyboard: true }
  | { remove_keyboard: true };

/** What goes under a message, and what needs a message of its own. */
export interface Keyboard {
  markup?: Markup;
  further: { text: string; markup?: Markup }[];
}

/**
 * Inline buttons give a payload back; a reply keyboard gives back nothing but the label, and is the only place for a location request. One
 * message has one or the other, so: replies are inline buttons, except plain ones (without a payload) beside a location request, and a
 * location request beside anything with a payload gets a message of its own. An empty list of actions takes a reply keyboard away.
 */
export function keyboardOf(actions: readonly Action[] | undefined, context: RenderContext): Keyboard {
  const direct = context.thread.kind === 'direct';
  if (!actions) return { further: [] };
  if (actions.length === 0) return direct ? { markup: { remove_keyboard: true }, further: [] } : { further: [] };

  const asks = actions.filter((action) => action.type === 'location_request');
  const others = actions.filter((action) => action.type !== 'location_request');
  const keys = (list: readonly Action[]): Markup => ({
    // Telegram refuses location requests in groups; the words still go out.
    keyboard: pack(
      list.map((one) => toKey(one, direct)),
      () => false,
    ),
    one_time_keyboard: true,
    resize_keyboard: true,
  });
  if (asks.length > 0 && others.every((action) => action.type === 'reply' && action.payload === undefined)) {
    return { markup: keys(actions), further: [] };
  }
  const buttons: InlineButton[] = [];
  const further: Keyboard['further'] = [];
  for (const action of others) {
    const button = toButton(action, direct);
    if (button) buttons.push(button);
    else further.push({ text: wordsOf(action) });
  }
  // More than a message carries go on below it.
  for (let at = MOST; at < buttons.length; at += MOST)
    further.push({ text: '⋯', markup: inline(buttons.slice(at, at + MOST)) });
  if (asks.length > 0) further.push({ text: asks[0]!.text, markup: keys(asks) });
  return buttons.length > 0 ? { markup: inline(buttons.slice(0, MOST)), further } : { further };
}

/** Buttons in one message: CAPABILITIES.buttons.max. */
const MOST = 100;

const inline = (buttons: InlineButton[]): Markup => ({
  inline_keyboard: pack(buttons, (button) => button.callback_data === undefined),
});

function toKey(action: Action, direct: boolean): KeyboardButton {
  const text = action.text ?? '';
  return action.type === 'location_request' && direct ? { text, request_location: true } : { text };
}

/** `undefined`: Telegram has no such button, or would refuse the whole message because of it. */
function toButton(action: Action, direct: boolean): InlineButton | undefined {
  switch (action.type) {
    case 'reply':
      return { text: action.text, callback_data: action.payload || cutBytes(action.text, 64) };
    case 'postback':
      return { text: action.text, callback_data: action.payload || cutBytes(action.text, 64) };
    case 'link':
      return isUsable(action.url) ? { text: action.text, url: action.url } : undefined;
    case 'webview': {
      if (!isUsable(action.url)) return undefined;
      // Web apps need HTTPS and a private chat.
      const app = direct && action.url.startsWith('https:');
      return app ? { text: action.text, web_app: { url: action.url } } : { text: action.text, url: action.url };
    }
    default:
      return undefined;
  }
}

function wordsOf(action: Action): string {
  switch (action.type) {
    case 'link':
    case 'webview':
      return `${action.text}: ${action.url}`;
    case 'call':
      return `${action.text}: ${action.phone}`;
    default:
      return action.text ?? '…';
  }
}

/** Telegram wants http(s) or tg, a host with a dot or an address of numbers, and no spaces. */
export function isUsable(url: string): boolean {
  if (/\s/.test(url) || !URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  if (protocol === 'tg:') return true;
  return (protocol === 'http:' || protocol === 'https:') && (/\./.test(hostname) || hostname.startsWith('['));
}

/** The longest beginning of at most so many bytes that does not tear a character. */
function cutBytes(text: string, max: number): string {
  if (Buffer.byteLength(text) <= max) return text;
  let cut = '';
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > max) break;
    cut += character;
  }
  return cut;
}

/** Rows as a phone can read them: up to three short labels beside each other, long ones and those that leave the chat alone. */
function pack<Button extends { text: string }>(
  buttons: readonly Button[],
  alone: (button: Button) => boolean,
): Button[][] {
  const rows: Button[][] = [];
  let width = Number.POSITIVE_INFINITY;
  for (const button of buttons) {
    const own = alone(button);
    const row = rows.at(-1);
    if (row && !own && row.length < 3 && width + button.text.length <= 24) {
      row.push(button);
      width += button.text.length;
    } else {
      rows.push([button]);
      width = own ? Number.POSITIVE_INFINITY : button.text.length;
    }
  }
  return rows;
}
