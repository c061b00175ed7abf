import type { Action } from '@tributary/protocol';

/** What a button does, as LINE spells it. */
export type LineAction =
  | { type: 'postback'; label: string; data: string; displayText?: string }
  | { type: 'uri'; label: string; uri: string }
  | { type: 'location'; label: string };
export interface QuickReply {
  items: { type: 'action'; imageUrl?: string; action: LineAction }[];
}

/** The actions of one message, by where they go. */
export interface Shelves {
  /** Buttons that stay with the message. */
  standing: LineAction[];
  quickReply?: QuickReply;
  /** What LINE would refuse the whole message for, as words. */
  lines: string[];
}

/** Answers that go away and requests for a place are quick replies; what stays is a button. */
export function shelve(actions: readonly Action[] | undefined): Shelves {
  const shelves: Shelves = { standing: [], lines: [] };
  const items: QuickReply['items'] = [];
  for (const action of actions ?? []) {
    const one = toAction(action);
    if (!one) shelves.lines.push(lineOf(action));
    else if (action.type === 'reply') items.push({ type: 'action', ...iconOf(action.imageUrl), action: one });
    else if (one.type === 'location') items.push({ type: 'action', action: one });
    else shelves.standing.push(one);
  }
  if (items.length > 0) shelves.quickReply = { items };
  return shelves;
}

const iconOf = (url: string | undefined) => (url?.startsWith('https://') ? { imageUrl: url } : {});

/** A reply shows its words in the chat when it is tapped; a postback sends its payload and says nothing. */
export function toAction(action: Action): LineAction | undefined {
  switch (action.type) {
    case 'reply':
      return {
        type: 'postback',
        label: action.text,
        data: action.payload || action.text,
        displayText: action.text,
      };
    case 'postback':
      return { type: 'postback', label: action.text, data: action.payload || action.text };
    case 'link':
    case 'webview':
      return toUri(action.text, action.url);
    case 'call':
      return toUri(action.text, `tel:${action.phone.replace(/[^+\d]/g, '')}`);
    case 'location_request':
      return { type: 'location', label: action.text };
    default:
      return undefined;
  }
}

const URI_MAX = 1000;

/** The app opens pages, its own links and the telephone, and nothing else. */
function toUri(label: string, uri: string): LineAction | undefined {
  return uri.length <= URI_MAX && /^(?:https?|line|tel):/.test(uri) && !/\s/.test(uri)
    ? { type: 'uri', label, uri }
    : undefined;
}

/** An action in words: “Shop: https://…”. */
export const lineOf = (action: Action): string => {
  if (action.type === 'link' || action.type === 'webview') return `${action.text}: ${action.url}`;
  if (action.type === 'call') return `${action.text}: ${action.phone}`;
  return action.text ?? '';
};
