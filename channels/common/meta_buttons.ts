import { type Action, type Card, SendError } from '@tributary/protocol';
import { present } from './json.ts';
import type { Button, Element, QuickReply } from './meta_payloads.ts';

/** Payloads of a reply that ask for what the person’s profile knows, in Meta’s own words: the button then shows the number or the address itself. */
const ASKED = ['user_phone_number', 'user_email'] as const;

/** Answers that go away; the rest are buttons that stay. */
export function partActions(actions: readonly Action[] = []): { replies: QuickReply[]; buttons: Button[] } {
  const replies = actions.flatMap((action) => (action.type === 'reply' ? [toQuickReply(action)] : []));
  const buttons = actions.flatMap((action) => (action.type === 'reply' ? [] : [toButton(action)]));
  return { replies, buttons };
}

function toQuickReply({ text, payload, imageUrl }: Extract<Action, { type: 'reply' }>): QuickReply {
  const asked = ASKED.find((name) => name === payload);
  if (asked) return { content_type: asked };
  return { content_type: 'text', title: text, payload: payload ?? text, ...(imageUrl ? { image_url: imageUrl } : {}) };
}

/** On a card a reply stays, so it says what a postback says. */
export function toButton(action: Action): Button {
  switch (action.type) {
    case 'reply':
    case 'postback':
      return { type: 'postback', title: action.text, payload: action.payload ?? action.text };
    case 'link':
      return { type: 'web_url', title: action.text, url: action.url };
    case 'webview':
      return { type: 'web_url', title: action.text, url: action.url, webview_height_ratio: 'tall' };
    case 'call':
      return { type: 'phone_number', title: action.text, payload: action.phone };
    default:
      throw new SendError('content_refused', { providerMessage: `Meta has no button for “${action.type}”.` });
  }
}

/** A card as an element of the generic template. Where it leads to one page, so does its picture. */
export function toElement({ title, text, media, actions = [] }: Card): Element {
  const links = actions.flatMap((action) => (action.type === 'link' ? [action.url] : []));
  return {
    title,
    ...present({ subtitle: text || undefined, image_url: media?.url }),
    ...(links.length === 1 && links[0] ? { default_action: { type: 'web_url', url: links[0] } } : {}),
    ...(actions.length > 0 ? { buttons: actions.map(toButton) } : {}),
  };
}

/** A title alone is no element: Meta asks for one more thing beside it. */
export const isBare = (element: Element): boolean => Object.keys(element).length === 1;
