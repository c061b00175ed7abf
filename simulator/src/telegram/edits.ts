import type { PhoneMessage } from '../control.ts';
import type { Lab } from '../lab.ts';
import { type Entry, findEntry, type PhoneState } from '../phones.ts';
import type { TelegramAccount } from './account.ts';
import { captionOf, fileContent, type Method, type Params, readText } from './content.ts';
import { badRequest } from './error.ts';
import { readKeyboard } from './keyboards.ts';
import { type Call, drawRuns, reach, wholeId } from './messages.ts';

function toEdit(lab: Lab, bot: TelegramAccount, params: Params, call: Call): { phone: PhoneState; entry: Entry } {
  if (params.inline_message_id !== undefined) throw badRequest('MESSAGE_ID_INVALID');
  if (params.chat_id === undefined) throw badRequest('chat_id is empty');
  if (params.message_id === undefined) throw badRequest('message identifier is not specified');
  const phone = reach(lab, bot, params.chat_id, call);
  const entry = findEntry(phone, wholeId(phone.person, params.message_id as number));
  if (!entry || entry.view.deleted) throw badRequest('message to edit not found');
  if (entry.view.from !== 'business') throw badRequest("message can't be edited");
  return { phone, entry };
}

/** Lays the change over the message; an edit without a keyboard takes the old one away, as Telegram does. */
function change(
  lab: Lab,
  bot: TelegramAccount,
  { phone, entry }: { phone: PhoneState; entry: Entry },
  call: Call,
  params: Params,
  content: Record<string, unknown> | undefined,
  view: Partial<PhoneMessage>,
): unknown {
  const keyboard = readKeyboard(params.reply_markup);
  const before = entry.raw ?? {};
  const kept = { ...before };
  if (content) for (const field of contentFields) delete kept[field];
  delete kept.reply_markup;
  const after: Record<string, unknown> = {
    ...kept,
    ...content,
    ...(keyboard.inline && keyboard.inline.length > 0 ? { reply_markup: params.reply_markup } : {}),
  };
  if (JSON.stringify(sortless(before)) === JSON.stringify(sortless(after))) {
    throw badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    );
  }
  after.edit_date = Math.floor(Date.now() / 1000);
  entry.raw = after;
  if (content) {
    for (const field of ['text', 'entities', 'mediaUrl', 'filename', 'location'] as const) delete entry.view[field];
    Object.assign(entry.view, view, { edited: true });
  }
  entry.view.buttons = keyboard.inline && keyboard.inline.length > 0 ? keyboard.inline : undefined;
  call.messageId = entry.view.id;
  lab.changed(bot.public, phone.person, 'edit', entry.view.id);
  return after;
}

const contentFields = [
  'text',
  'entities',
  'caption',
  'caption_entities',
  'photo',
  'video',
  'audio',
  'document',
  'animation',
  'voice',
  'edit_date',
];

// The comparison must not depend on the order in which fields were laid over each other.
const sortless = ({ edit_date: _, ...message }: Record<string, unknown>) =>
  Object.entries(message)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));

const editMessageText: Method = (lab, bot, params, call) => {
  const { text, entities } = readText(params, 'text', 4096);
  const target = toEdit(lab, bot, params, call);
  if (text === '') throw badRequest('message text is empty');
  if (target.entry.raw?.text === undefined) throw badRequest('there is no text in the message to edit');
  const content = { text, ...(entities.length > 0 ? { entities } : {}) };
  return change(lab, bot, target, call, params, content, { text, ...drawRuns(text, entities) });
};

const editMessageCaption: Method = (lab, bot, params, call) => {
  const caption = captionOf(params);
  const target = toEdit(lab, bot, params, call);
  const raw = target.entry.raw ?? {};
  if (raw.text !== undefined) throw badRequest('there is no caption in the message to edit');
  const media = Object.fromEntries(
    contentFields
      .filter((field) => !/text|entit|caption|edit_date/.test(field) && raw[field] !== undefined)
      .map((field) => [field, raw[field]]),
  );
  const { kind, mediaUrl, filename } = target.entry.view;
  return change(
    lab,
    bot,
    target,
    call,
    params,
    { ...media, ...caption.content },
    { kind, mediaUrl, filename, ...caption.view },
  );
};

const editMessageMedia: Method = async (lab, bot, params, call, uploads) => {
  const target = toEdit(lab, bot, params, call);
  const media = params.media as Params;
  const { content, view } = await fileContent(lab, media.type as string, media.media, media, uploads);
  return change(lab, bot, target, call, params, content, view);
};

const editMessageReplyMarkup: Method = (lab, bot, params, call) =>
  change(lab, bot, toEdit(lab, bot, params, call), call, params, undefined, {});

function remove(lab: Lab, bot: TelegramAccount, phone: PhoneState, messageId: number): boolean {
  const entry = findEntry(phone, wholeId(phone.person, messageId));
  if (!entry || entry.view.deleted) return false;
  entry.view.deleted = true;
  entry.raw = undefined;
  delete entry.view.text;
  delete entry.view.mediaUrl;
  delete entry.view.buttons;
  lab.changed(bot.public, phone.person, 'delete', entry.view.id);
  return true;
}

const deleteMessage: Method = (lab, bot, params, call) => {
  const phone = reach(lab, bot, params.chat_id, call);
  call.messageId = wholeId(phone.person, params.message_id as number);
  if (!remove(lab, bot, phone, params.message_id as number)) throw badRequest('message to delete not found');
  return true;
};

const deleteMessages: Method = (lab, bot, params, call) => {
  const ids = params.message_ids as number[];
  if (ids.length === 0 || ids.length > 100) throw badRequest('message identifiers are not specified');
  const phone = reach(lab, bot, params.chat_id, call);
  // Those that are not found are passed over.
  for (const id of ids) remove(lab, bot, phone, id);
  return true;
};

const setMessageReaction: Method = (lab, bot, params, call) => {
  const phone = reach(lab, bot, params.chat_id, call);
  const entry = findEntry(phone, wholeId(phone.person, params.message_id as number));
  if (!entry || entry.view.deleted) throw badRequest('message to react not found');
  const reactions = (params.reaction as { type: string; emoji?: string }[] | undefined) ?? [];
  if (reactions.length > 1) throw badRequest('REACTIONS_TOO_MANY');
  if (reactions.some(({ type }) => type === 'paid')) throw badRequest('REACTION_INVALID');
  entry.view.reactions = reactions.flatMap(({ emoji }) => (emoji ? [emoji] : []));
  call.messageId = entry.view.id;
  lab.changed(bot.public, phone.person, 'reaction', entry.view.id);
  return true;
};

/** The methods that change what was said. */
export const edits: Record<string, Method> = {
  editMessageText,
  editMessageCaption,
  editMessageMedia,
  editMessageReplyMarkup,
  deleteMessage,
  deleteMessages,
  setMessageReaction,
};
