import type { Action, ListSection } from '../content.ts';
import { shortLabel, slotOfReplies } from './label.ts';
import { measure, shorten, within } from './measure.ts';
import { isNative, PAYLOAD_KEY_LENGTH, type Page } from './page.ts';

/** An answer the reader may give, from a button or a list's row. */
export interface Answer {
  type: 'reply' | 'postback';
  text: string;
  payload?: string;
  description?: string;
  imageUrl?: string;
}

/** Answers under a common heading. */
export interface AnswerGroup {
  heading?: string;
  answers: Answer[];
}

/** Answers as buttons of one of the channel's kinds, or nothing when they are too many or their labels would look the same. */
export function placeAnswers(page: Page, answers: readonly Answer[]): Action[] | undefined {
  const { buttons, quickReplies } = page.can;
  const replies = slotOfReplies(page.can);
  const postbacks = isNative(buttons.out) && buttons.max > 0 && buttons.kinds.includes('postback');
  const candidates: (Action[] | undefined)[] = [];
  const reply = (answer: Answer): Action => ({
    type: 'reply',
    text: answer.text,
    ...(answer.payload === undefined ? {} : { payload: answer.payload }),
    ...(answer.imageUrl === undefined ? {} : { imageUrl: answer.imageUrl }),
  });
  const postback = (answer: Answer): Action => ({
    type: 'postback',
    text: answer.text,
    payload: answer.payload ?? answer.text,
  });
  const asTold = answers.map((answer) => (answer.type === 'postback' && postbacks ? postback(answer) : reply(answer)));
  if (replies || answers.every((answer) => answer.type === 'postback')) candidates.push(asTold);
  if (replies) candidates.push(answers.map(reply));
  if (postbacks) candidates.push(answers.map(postback));
  const chosen = candidates.find((actions) => actions && isWithin(page, actions));
  if (!chosen) return undefined;
  const vanishing =
    replies === 'quick' && answers.some((answer, i) => answer.type === 'postback' && chosen[i]!.type === 'reply');
  if (vanishing) page.lose('postback_as_reply', 'shows these buttons as answers that go away once one is chosen.');
  const staying =
    replies !== 'button' && answers.some((answer, i) => answer.type === 'reply' && chosen[i]!.type === 'postback');
  if (staying && isNative(quickReplies.out))
    page.lose('reply_as_postback', `shows at most ${quickReplies.max} answers that go away; these stay as buttons.`);
  return chosen;
}

function isWithin(page: Page, actions: readonly Action[]): boolean {
  const { buttons, quickReplies } = page.can;
  const slot = slotOfReplies(page.can);
  const quick = actions.filter((action) => action.type === 'reply' && slot === 'quick');
  const standing = actions.filter((action) => !quick.includes(action));
  if (standing.some((action) => action.type === 'reply') && slot !== 'button') return false;
  if (
    standing.some((action) => action.type === 'postback') &&
    !(isNative(buttons.out) && buttons.kinds.includes('postback'))
  )
    return false;
  if (quick.length > quickReplies.max || standing.length > buttons.max) return false;
  if (!buttons.mixKinds && new Set(standing.map((action) => action.type)).size > 1) return false;
  if (quick.length > 0 && tooSmall(quickReplies.payloadMax)) return false;
  if (standing.length > 0 && tooSmall(buttons.payloadMax)) return false;
  const labels = actions.map((action) => shortLabel(page, action));
  if (labels.some((words) => words.trim() === '')) return false;
  return !buttons.uniqueTitles || new Set(labels.map((words) => words.trim().normalize('NFKC'))).size === labels.length;

  function tooSmall(payloadMax: number | null): boolean {
    return (
      payloadMax !== null && payloadMax < PAYLOAD_KEY_LENGTH && actions.some((action) => longerThan(action, payloadMax))
    );
  }
  function longerThan(action: Action, max: number): boolean {
    const payload = 'payload' in action ? action.payload : undefined;
    return payload !== undefined && measure(payload, buttons.payloadUnit ?? 'utf16') > max;
  }
}

/** Answers as the rows of the channel's own list. */
export function placeInList(page: Page, groups: readonly AnswerGroup[], lines: string[]): ListSection[] | undefined {
  const { list, text } = page.can;
  const rows = groups.flatMap((group) => group.answers);
  if (!isNative(list.out) || rows.length > (list.rowsMax ?? Number.POSITIVE_INFINITY)) return undefined;
  if (groups.length > (list.sectionsMax ?? Number.POSITIVE_INFINITY)) return undefined;
  const fitting = (words: string, max: number | undefined): string =>
    max === undefined ? words : shorten(words, max, text.countAs);
  if (rows.some((row) => fitting(row.text, list.rowTitleMax) === '')) return undefined;
  return groups.map((group) => ({
    ...(group.heading === undefined ? {} : { title: headingOf(group.heading) }),
    rows: group.answers.map((answer) => rowOf(answer)),
  }));

  function headingOf(heading: string): string {
    const short = fitting(heading, list.sectionTitleMax);
    if (short !== heading) {
      page.lose(
        'title_shortened',
        `shows ${list.sectionTitleMax} characters above a section; “${shorten(heading, 60, 'utf16')}” is written out in the text.`,
      );
      lines.push(`• ${heading}`);
    }
    return short;
  }
  function rowOf(answer: Answer): ListSection['rows'][number] {
    const title = fitting(answer.text, list.rowTitleMax);
    let description = answer.description ?? '';
    if (title !== answer.text) {
      page.lose(
        'title_shortened',
        `shows ${list.rowTitleMax} characters in a row; “${shorten(answer.text, 60, 'utf16')}” is shortened there and written out beside it.`,
      );
      if (!description && within(answer.text, list.rowDescriptionMax, text.countAs)) description = answer.text;
      else lines.push(`• ${answer.text}`);
    }
    const short = fitting(description, list.rowDescriptionMax);
    if (short !== description) {
      page.lose(
        'description_shortened',
        `shows ${list.rowDescriptionMax} characters of a description; the rest is written out in the text.`,
      );
      lines.push(`• ${answer.text}: ${description}`);
    }
    const payload = page.payload(answer.payload ?? answer.text, list.rowPayloadMax);
    return { title, ...(short ? { description: short } : {}), payload };
  }
}

/** Answers as numbered lines, under their headings. */
export function numberAll(page: Page, groups: readonly AnswerGroup[]): string[] {
  return groups.flatMap((group) => [
    ...(group.heading ? [group.heading] : []),
    ...group.answers.map((answer) => page.number(answer.text, answer.payload, answer.description)),
  ]);
}

/** The headings and descriptions of a list whose rows became buttons. */
export function detailLines(groups: readonly AnswerGroup[]): string[] {
  return groups.flatMap((group) => [
    ...(group.heading ? [group.heading] : []),
    ...group.answers.filter((answer) => answer.description).map((answer) => `• ${answer.text} – ${answer.description}`),
  ]);
}

/** Says why answers are not buttons here. */
export function tellOfAnswers(page: Page, count: number, listed: boolean): void {
  const { buttons, quickReplies } = page.can;
  const most = Math.max(
    isNative(buttons.out) ? buttons.max : 0,
    isNative(quickReplies.out) && quickReplies.payloads !== false ? quickReplies.max : 0,
  );
  const reason =
    most === 0
      ? 'has no buttons'
      : count > most || (slotOfReplies(page.can) === 'button' && count > buttons.max)
        ? `shows at most ${slotOfReplies(page.can) === 'button' ? buttons.max : most} buttons`
        : 'cannot show these buttons';
  const these = count === 1 ? 'the choice' : `these ${count}`;
  if (listed) page.lose('buttons_to_list', `${reason}; ${these} became a list.`);
  else
    page.lose(
      'buttons_to_numbers',
      `${reason}; ${these} became ${count === 1 ? 'a numbered line' : 'numbered choices'} in the text.`,
    );
}
