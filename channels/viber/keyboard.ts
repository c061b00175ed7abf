import type { Action } from '@tributary/protocol';
import { type Answer, type Body, keyboardBodies } from './taps.ts';

/** A button of a keyboard or a cell of rich media, as Viber spells it. */
export interface Button {
  Columns: number;
  Rows: number;
  ActionType: 'reply' | 'open-url' | 'location-picker' | 'none';
  ActionBody: string;
  Silent?: true;
  Text?: string;
  TextSize?: 'small' | 'regular' | 'large';
  TextVAlign?: 'top' | 'middle' | 'bottom';
  TextHAlign?: 'left' | 'center' | 'right';
  BgColor?: string;
  Image?: string;
}
export interface Keyboard {
  Type: 'keyboard';
  DefaultHeight: false;
  Buttons: Button[];
}

/** A keyboard, the oldest apps that know its buttons, and what has to travel beside it. */
export interface Keys {
  keyboard: Keyboard;
  minApiVersion: number;
  tracking?: string;
}

const ROWS_MAX = 24;
/** Longest label that a third, and a half, of a phone’s width shows. */
const THIRD = 8;
const HALF = 14;

/** The actions of a message as a keyboard; nothing where there are none. */
export function keyboardOf(actions: readonly Action[] | undefined): Keys | undefined {
  const shown = (actions ?? []).filter(isKey);
  if (shown.length === 0) return undefined;
  const { bodies, tracking } = keyboardBodies(shown.filter(isAnswer));
  const buttons: Button[] = [];
  let next = 0;
  const columns = columnsOf(shown);
  for (const [at, action] of shown.entries()) {
    const left = 6 - ((at * columns) % 6);
    buttons.push({
      // The last takes what is left of its row.
      Columns: at === shown.length - 1 ? left : columns,
      Rows: 1,
      ...toAct(action, isAnswer(action) ? bodies[next++] : undefined),
      Text: toLabel(action.text),
      TextSize: 'regular',
    });
  }
  return {
    keyboard: { Type: 'keyboard', DefaultHeight: false, Buttons: buttons },
    minApiVersion: versionOf(buttons),
    ...(tracking ? { tracking } : {}),
  };
}

/** The kinds of action that a button of Viber’s can do. */
export type Key = Extract<Action, { type: 'reply' | 'postback' | 'link' | 'webview' | 'location_request' }>;
export const isAnswer = (action: Action): action is Answer => action.type === 'reply' || action.type === 'postback';
/** Links of the web; Viber refuses a whole message for any other. */
export const isLink = (action: Action): action is Extract<Key, { url: string }> =>
  (action.type === 'link' || action.type === 'webview') && /^https?:\/\/\S+$/.test(action.url);
const isKey = (action: Action): action is Key =>
  isAnswer(action) || isLink(action) || action.type === 'location_request';

/** What no button of Viber’s does, in words. */
export const linesOf = (actions: readonly Action[] = []): string[] =>
  actions.filter((action) => !isKey(action)).map(lineOf);

/** An action in words: “Shop: https://…”. */
export function lineOf(action: Action): string {
  if (action.type === 'link' || action.type === 'webview') return `${action.text}: ${action.url}`;
  if (action.type === 'call') return `${action.text}: ${action.phone}`;
  return action.text ?? '';
}

/** What a button does. Answers bring the body they were given. */
export function toAct(action: Key, body?: Body): Pick<Button, 'ActionType' | 'ActionBody' | 'Silent'> {
  switch (action.type) {
    case 'link':
    case 'webview':
      // The app opens the link and says it to us as well: kept out of the chat, and known by that when it comes in.
      return { ActionType: 'open-url', ActionBody: action.url, Silent: true };
    case 'location_request':
      return { ActionType: 'location-picker', ActionBody: 'location-picker' };
    default:
      return { ActionType: 'reply', ...(body ?? { ActionBody: action.text }) };
  }
}

/** Silent buttons came with version 6, location pickers with 3. */
function versionOf(buttons: readonly Button[]): number {
  if (buttons.some((button) => button.Silent)) return 6;
  return buttons.some((button) => button.ActionType === 'location-picker') ? 3 : 1;
}

/** The grid is six wide. Short labels share a row, and so do long ones where there would be too many rows. */
function columnsOf(actions: readonly Key[]): number {
  const longest = Math.max(...actions.map((action) => action.text.length));
  const rows = actions.length;
  if (rows > ROWS_MAX * 2 || (longest <= THIRD && rows >= 3)) return 2;
  return rows > ROWS_MAX || (longest <= HALF && rows >= 2) ? 3 : 6;
}

/** Longest text on a button, its HTML counted. */
const TEXT_MAX = 250;
const LOOKALIKE: Readonly<Record<string, string>> = { '&': '＆', '<': '‹', '>': '›' };

/** Words as Viber’s HTML. Where escaping would make them too long, look-alikes stand for the three characters that mean something. */
export function toLabel(text: string): string {
  const escaped = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return escaped.length <= TEXT_MAX ? escaped : text.replace(/[&<>]/g, (sign) => LOOKALIKE[sign]!);
}
