import type { Capabilities } from '../capability.ts';
import type { Action } from '../content.ts';
import { shorten } from './measure.ts';
import { countOfLabels, isNative, type Page } from './page.ts';

type Slot = 'quick' | 'button';

/** Where a `reply` goes on this channel: among the answers that go away, among the buttons that stay, or nowhere. Adapters ask the same. */
export function slotOfReplies(can: Capabilities): Slot | undefined {
  const { buttons, quickReplies } = can;
  const quick = isNative(quickReplies.out) && quickReplies.max > 0 && quickReplies.payloads !== false;
  const button = isNative(buttons.out) && buttons.max > 0 && buttons.kinds.includes('reply');
  if (quick && (quickReplies.out === 'full' || !button)) return 'quick';
  return button ? 'button' : undefined;
}

/** How long an action's label may be where it goes. */
const titleMax = (page: Page, action: Action): number | null =>
  action.type === 'reply' && slotOfReplies(page.can) === 'quick'
    ? page.can.quickReplies.titleMax
    : page.can.buttons.titleMax;

/** An action's label as its button shows it; empty where the button has no room for any word. */
export function shortLabel(page: Page, action: Action): string {
  const max = titleMax(page, action);
  return max === null ? (action.text ?? '') : shorten(action.text ?? '', max, countOfLabels(page.can));
}

/** Makes an action fit its button: a shortened label, whose full words go into the text, and a key for a long payload. */
export function label(page: Page, action: Action, lines: string[]): Action {
  const short = shortLabel(page, action);
  if (action.text !== undefined && short !== action.text) {
    page.lose(
      'title_shortened',
      `shows ${titleMax(page, action)} characters on a button; “${shorten(action.text, 60, 'utf16')}” is shortened there and written out above.`,
    );
    lines.push(`• ${action.text}`);
  }
  const max =
    action.type === 'reply' && slotOfReplies(page.can) === 'quick'
      ? page.can.quickReplies.payloadMax
      : page.can.buttons.payloadMax;
  const payload =
    'payload' in action && action.payload !== undefined ? { payload: page.payload(action.payload, max) } : {};
  if (
    (action.text ?? '') === short &&
    (!('payload' in payload) || ('payload' in action && payload.payload === action.payload))
  )
    return action;
  return { ...action, text: short, ...payload } as Action;
}
