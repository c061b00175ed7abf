import { type Action, SendError } from '@tributary/protocol';
import type { DeviceAction, Suggestion } from './payloads.ts';

/** The most that stand below a message, and on a card. */
export const CHIPS_MAX = 11;
export const CARD_SUGGESTIONS_MAX = 4;

/**
 * Whoever writes a link, a call or a request for a place names no payload for it, and on other channels nobody hears of such a press. Google asks
 * for one, so it is a word of ours, by which the press is known again.
 */
const OURS = 'tributary:';

/** Whether a payload is our own word for an action that the device does by itself. */
export const isOurs = (payload: string): boolean => payload.startsWith(OURS);

/** One chip, or one button of a card. */
export function toSuggestion(action: Action): Suggestion {
  switch (action.type) {
    case 'reply':
    case 'postback':
      return { reply: { text: action.text, postbackData: action.payload ?? action.text } };
    case 'link':
      return openUrl(action.text, action.url, { openUrlAction: { url: action.url } });
    case 'webview':
      return openUrl(action.text, action.fallback ?? action.url, {
        openUrlAction: {
          url: action.url,
          application: 'WEBVIEW',
          webviewViewMode: 'FULL',
          description: action.text,
        },
      });
    case 'call':
      return onDevice('call', action.text, { dialAction: { phoneNumber: action.phone } });
    case 'location_request':
      return onDevice('location', action.text, { shareLocationAction: {} });
    default:
      throw new SendError('content_refused', { providerMessage: `RCS has no button for “${action.type}”.` });
  }
}

/** A chip that opens the map. */
export function toMapSuggestion(
  text: string,
  latLong: { latitude: number; longitude: number },
  label?: string,
): Suggestion {
  return onDevice('map', text, { viewLocationAction: { latLong, ...(label ? { label } : {}) } });
}

function openUrl(text: string, fallbackUrl: string, action: DeviceAction): Suggestion {
  return { action: { text, postbackData: `${OURS}link`, fallbackUrl, ...action } };
}

function onDevice(what: string, text: string, action: DeviceAction): Suggestion {
  return { action: { text, postbackData: `${OURS}${what}`, ...action } };
}

/** What of a message’s actions is below it and goes away, and what is on its card and stays. */
export interface Placed {
  chips: Suggestion[];
  onCard: Suggestion[];
}

/**
 * Answers are chips, which go away as answers should; with them everything else that fits in the row. Actions without answers among them stay on a
 * card, and so does what is too much for the row.
 */
export function placeActions(actions: readonly Action[]): Placed {
  const all = actions.map(toSuggestion);
  const answers = actions.some((action) => action.type === 'reply');
  if (answers && all.length <= CHIPS_MAX) return { chips: all, onCard: [] };
  const chips = all.filter((_, i) => actions[i]!.type === 'reply');
  const onCard = all.filter((_, i) => actions[i]!.type !== 'reply');
  if (onCard.length <= CARD_SUGGESTIONS_MAX && chips.length <= CHIPS_MAX) return { chips, onCard };
  if (all.length <= CHIPS_MAX) return { chips: all, onCard: [] };
  throw new SendError('content_refused', { providerMessage: `RCS takes ${CHIPS_MAX} answers at most.` });
}
