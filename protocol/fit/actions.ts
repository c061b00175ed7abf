import type { Action, ActionType, ListSection } from '../content.ts';
import {
  type Answer,
  type AnswerGroup,
  detailLines,
  numberAll,
  placeAnswers,
  placeInList,
  tellOfAnswers,
} from './answers.ts';
import { label, shortLabel, slotOfReplies } from './label.ts';
import { isNative, type Page } from './page.ts';

/** What becomes of the actions of one message: what stays a button, what became a list, and what is written below the words. */
export interface Plan {
  buttons: Action[];
  sections?: ListSection[];
  /** Links, calls and the full words of shortened labels. */
  lines: string[];
  /** Numbered choices. */
  choices: string[];
}

/** Decides the form of every action. `grouped` are answers of a list, which keep their headings and descriptions. */
export function plan(page: Page, actions: readonly Action[] = [], grouped: readonly AnswerGroup[] = []): Plan {
  const own = actions.filter((action) => action.type === 'reply' || action.type === 'postback');
  const groups = [...grouped, ...(own.length > 0 ? [{ answers: own.map(asAnswer) }] : [])];
  const answers = groups.flatMap((group) => group.answers);
  const result: Plan = { buttons: [], lines: [], choices: [] };
  const others = actions.filter((action) => action.type !== 'reply' && action.type !== 'postback');

  const source = new Map<Action, Action>();

  // What was written as a list stays one where it can; buttons become one only when they are too many.
  if (grouped.length > 0) result.sections = placeInList(page, groups, result.lines);
  const native = answers.length > 0 && !result.sections ? placeAnswers(page, answers) : undefined;
  if (native) {
    if (grouped.length > 0) page.lose('list_to_buttons', 'does not show this as a list; its rows became buttons.');
    result.lines.push(...detailLines(groups));
    native.forEach((action, index) => {
      const button = label(page, action, result.lines);
      result.buttons.push(button);
      if (own[index]) source.set(button, own[index]);
    });
  } else if (answers.length > 0 && !result.sections) {
    if (grouped.length === 0) result.sections = placeInList(page, groups, result.lines);
    if (!result.sections) result.choices = numberAll(page, groups);
    tellOfAnswers(page, answers.length, result.sections !== undefined);
  }
  placeOthers(page, others, result, source);
  const place = (button: Action): number => actions.indexOf(source.get(button) ?? button);
  if (actions.length > 1) result.buttons.sort((a, b) => place(a) - place(b));
  return result;
}

const asAnswer = (action: Extract<Action, { type: 'reply' | 'postback' }>): Answer => ({ ...action });

/** Links, calls and requests: buttons where the channel has the kind and room for it, else lines. */
function placeOthers(page: Page, others: readonly Action[], result: Plan, source: Map<Action, Action>): void {
  const { buttons, quickReplies } = page.can;
  const kinds = isNative(buttons.out) && !result.sections ? buttons.kinds : [];
  const special = isNative(quickReplies.out) && !result.sections ? (quickReplies.special ?? []) : [];
  const repliesStay = slotOfReplies(page.can) === 'button';
  const standing = result.buttons.filter((action) => action.type !== 'reply' || repliesStay).length;
  const quickLeft = quickReplies.max - (result.buttons.length - standing);
  const isQuick = (action: Action): boolean => special.includes(action.type) && !kinds.includes(action.type);

  const wanted = others.map((action) => ({ action, button: buttonOf(action, kinds) }));
  let kept = wanted.filter(({ button }) => kinds.includes(button.type) || special.includes(button.type));
  const first = kept.find(({ button }) => !isQuick(button))?.button.type;
  if (!buttons.mixKinds)
    kept = kept.filter(({ button }) => isQuick(button) || (standing === 0 && button.type === first));
  const links = kept.filter(({ button }) => button.type === 'link').length;
  // All links or none: one button among three links would say that it matters more.
  if (links > (buttons.linkMax ?? buttons.max)) kept = kept.filter(({ button }) => button.type !== 'link');
  if (kept.filter(({ button }) => !isQuick(button)).length + standing > buttons.max)
    kept = kept.filter(({ button }) => isQuick(button));
  if (kept.filter(({ button }) => isQuick(button)).length > quickLeft)
    kept = kept.filter(({ button }) => !isQuick(button));
  const seen = new Set(result.buttons.map((action) => sameness(action.text ?? '')));
  kept = kept.filter(({ button }) => {
    if (button.text === undefined) return true;
    const words = sameness(shortLabel(page, button));
    return words !== '' && (!buttons.uniqueTitles || (!seen.has(words) && seen.add(words)));
  });

  for (const { action, button } of kept) {
    if (action !== button) page.lose('webview_as_link', 'opens no page inside the chat; the button is a link.');
    const placed = label(page, button, result.lines);
    result.buttons.push(placed);
    source.set(placed, action);
  }
  for (const { action } of wanted.filter((one) => !kept.includes(one))) {
    if (action.type === 'call' && page.can.heard) {
      result.choices.push(page.number(action.text, `tel:+${action.phone.replace(/\D/g, '')}`));
      page.lose('calls_to_choices', 'has no buttons; whoever chooses to call is put through.');
      continue;
    }
    const line = lineOf(action);
    if (line) result.lines.push(line);
    tellOfLine(page, action, standing > 0);
  }
}

const sameness = (text: string): string => text.trim().normalize('NFKC');

const buttonOf = (action: Action, kinds: readonly ActionType[]): Action =>
  action.type === 'webview' && !kinds.includes('webview') && kinds.includes('link')
    ? { type: 'link', text: action.text, url: action.fallback ?? action.url }
    : action;

/** An action in words: "Shop: https://…". */
export function lineOf(action: Action): string {
  switch (action.type) {
    case 'link':
      return withTarget(action.text, action.url);
    case 'webview':
      return withTarget(action.text, action.fallback ?? action.url);
    case 'call':
      return withTarget(action.text, action.phone);
    case 'buy':
      return `${action.text}: ${money(action.amount, action.currency)}`;
    default:
      return action.text ?? '';
  }
}

const withTarget = (text: string, target: string): string =>
  text.trim() === target ? target : `${text.trim().replace(/\s*:$/, '')}: ${target}`;

/** An amount in the smallest unit as people write it: 1250 EUR → "12.50 EUR". */
function money(amount: number, currency: string): string {
  let digits = 2;
  try {
    digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    // Not a currency code that anyone knows: two digits are the custom.
  }
  return `${(amount / 10 ** digits).toFixed(digits)} ${currency}`;
}

const IN_TEXT: Readonly<Partial<Record<Action['type'], [code: string, says: string]>>> = {
  link: ['links_to_text', 'has no room for the link as a button; it stands in the text.'],
  webview: ['links_to_text', 'has no room for the link as a button; it stands in the text.'],
  call: ['calls_to_text', 'has no button that calls; the number stands in the text.'],
  buy: ['buy_to_text', 'has no button that pays; the price stands in the text.'],
  location_request: [
    'location_request_to_text',
    'has no button that asks for a place; the question stands in the text.',
  ],
};

function tellOfLine(page: Page, action: Action, beside: boolean): void {
  if (action.type === 'share') {
    page.lose('share_dropped', 'has no button that shares.', 'dropped');
    return;
  }
  if (page.can.heard && (action.type === 'link' || action.type === 'webview')) {
    page.lose('links_heard', 'can open no links; only their site is named.', 'dropped');
    return;
  }
  const [code, says] = IN_TEXT[action.type] ?? ['action_to_text', 'shows this action as text.'];
  if (action.type === 'link' && beside && page.can.buttons.kinds.includes('link') && !page.can.buttons.mixKinds)
    page.lose(code, 'cannot put links beside answer buttons; they stand in the text.');
  else page.lose(code, says);
}
