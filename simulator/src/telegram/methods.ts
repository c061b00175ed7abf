import type { Lab } from '../lab.ts';
import { portrait } from '../people.ts';
import type { PhoneState } from '../phones.ts';
import type { TelegramAccount } from './account.ts';
import { fileContent, type Method, type Params, readText } from './content.ts';
import { edits } from './edits.ts';
import { badRequest, TelegramError } from './error.ts';
import { describe, fileOf, filePath, given } from './media.ts';
import { chatOf, checkFlood, drawRuns, personOf, reach, say, type TelegramMessage } from './messages.ts';
import { hooks } from './setup.ts';

const sendMessage: Method = (lab, bot, params, call) => {
  const { text, entities } = readText(params, 'text', 4096);
  const phone = reach(lab, bot, params.chat_id, call);
  if (text === '') throw badRequest('message text is empty');
  checkFlood(lab, bot, phone.person);
  const content = { text, ...(entities.length > 0 ? { entities } : {}) };
  return say(lab, bot, phone, call, params, content, { kind: 'text', text, ...drawRuns(text, entities) });
};

const sendFile =
  (kind: string): Method =>
  async (lab, bot, params, call, uploads) => {
    const phone = reach(lab, bot, params.chat_id, call);
    checkFlood(lab, bot, phone.person);
    const { content, view } = await fileContent(lab, kind, params[kind], params, uploads);
    return say(lab, bot, phone, call, params, content, view);
  };

const sendMediaGroup: Method = async (lab, bot, params, call, uploads) => {
  const phone = reach(lab, bot, params.chat_id, call);
  const media = params.media as Params[];
  if (media.length === 0) throw badRequest('there are no messages to send');
  if (media.length < 2) throw badRequest('an album must have at least 2 items');
  if (media.length > 10) throw badRequest('too many messages to send as an album');
  const types = new Set(media.map(({ type }) => type as string));
  for (const lonely of ['document', 'audio']) {
    if (types.has(lonely) && types.size > 1) {
      throw badRequest(`${lonely[0]!.toUpperCase()}${lonely.slice(1)} can't be mixed with other media types`);
    }
  }
  const contents = [];
  for (const item of media) contents.push(await fileContent(lab, item.type as string, item.media, item, uploads));
  // Album items count one each against the limits.
  for (const _ of media) checkFlood(lab, bot, phone.person);
  const group = { media_group_id: String(139_000_000_000 + phone.nextMessageId) };
  const { reply_markup: _, ...rest } = params;
  const said: TelegramMessage[] = [];
  for (const { content, view } of contents) said.push(say(lab, bot, phone, call, rest, { ...group, ...content }, view));
  return said;
};

const sendLocation: Method = (lab, bot, params, call) => {
  const phone = reach(lab, bot, params.chat_id, call);
  const location = place(params);
  checkFlood(lab, bot, phone.person);
  return say(lab, bot, phone, call, params, { location }, { kind: 'location', location });
};

const sendVenue: Method = (lab, bot, params, call) => {
  const phone = reach(lab, bot, params.chat_id, call);
  const location = place(params);
  const [title, address] = [params.title as string, params.address as string];
  if (title.trim() === '') throw badRequest('venue title must be non-empty');
  checkFlood(lab, bot, phone.person);
  const content = { venue: { location, title, address }, location };
  return say(lab, bot, phone, call, params, content, {
    kind: 'location',
    location: { ...location, name: title, address },
  });
};

function place(params: Params): { latitude: number; longitude: number } {
  const [latitude, longitude] = [params.latitude as number, params.longitude as number];
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) throw badRequest('wrong latitude or longitude specified');
  return { latitude, longitude };
}

const sendContact: Method = (lab, bot, params, call) => {
  const phone = reach(lab, bot, params.chat_id, call);
  const contact = given(params, 'phone_number', 'first_name', 'last_name', 'vcard');
  if (params.phone_number === '') throw badRequest('phone number is empty');
  if (params.first_name === '') throw badRequest('first name is empty');
  checkFlood(lab, bot, phone.person);
  const name = [params.first_name, params.last_name].filter(Boolean).join(' ');
  return say(
    lab,
    bot,
    phone,
    call,
    params,
    { contact },
    { kind: 'contact', text: `${name}\n${String(params.phone_number)}` },
  );
};

const chatActions = new Set(
  'typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker find_location record_video_note upload_video_note'.split(
    ' ',
  ),
);

const sendChatAction: Method = (lab, bot, params, call) => {
  if (!chatActions.has(params.action as string)) throw badRequest('wrong parameter action in request');
  const phone = reach(lab, bot, params.chat_id, call);
  showTyping(lab, bot, phone);
  return true;
};

// Lasts 5 s, or until a message arrives.
function showTyping(lab: Lab, bot: TelegramAccount, phone: PhoneState): void {
  phone.typingUntil = Date.now() + 5000;
  lab.changed(bot.public, phone.person, 'typing');
  lab.later(5050, () => {
    if (phone.typingUntil > 0 && phone.typingUntil <= Date.now()) lab.changed(bot.public, phone.person, 'typing');
  });
}

const answerCallbackQuery: Method = (lab, bot, params, call) => {
  const person = lab.people.get(bot.queries.get(params.callback_query_id as string) ?? '');
  if (!person) throw badRequest('query is too old and response timeout expired or query ID is invalid');
  call.person = person;
  if (params.text) lab.changed(bot.public, person, 'notice', undefined, params.text as string);
  return true;
};

const getChat: Method = (lab, bot, params, call) => {
  const person = personOf(lab, params.chat_id);
  call.person = person;
  if (!bot.phones.find(person)?.started && lab.settings.startRequired) throw badRequest('chat not found');
  return { ...chatOf(person), accent_color_id: 0, max_reaction_count: 11 };
};

const getUserProfilePhotos: Method = (lab, _bot, params, call) => {
  const person = lab.people.byTelegram(params.user_id as number);
  if (!person) throw badRequest('invalid user_id specified');
  call.person = person;
  let file = portraits.get(lab)?.get(person.id);
  if (!file || !lab.files.get(file)) {
    file = lab.files.put({ mimeType: 'image/png', filename: `${person.id}.png`, bytes: portrait(person.hue) }).id;
    portraits.set(lab, (portraits.get(lab) ?? new Map<string, string>()).set(person.id, file));
  }
  return { total_count: 1, photos: [describe('photo', lab.files.get(file)!)] };
};
const portraits = new WeakMap<Lab, Map<string, string>>();

const getFile: Method = (lab, _bot, params) => {
  const fileId = params.file_id as string;
  const file = fileOf(lab, fileId);
  if (!file) throw badRequest('invalid file_id');
  if ((file.bytes?.length ?? 0) > 20 * 1024 * 1024) throw badRequest('file is too big');
  return {
    file_id: fileId,
    file_unique_id: `AQAD${file.id}`,
    ...(file.bytes ? { file_size: file.bytes.length } : {}),
    file_path: filePath(fileId, file),
  };
};

/** The methods that the Lab plays. */
export const methods: Record<string, Method> = {
  ...hooks,
  ...edits,
  getMe: (_lab, bot) => ({
    ...bot.user(),
    can_join_groups: true,
    can_read_all_group_messages: false,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
  }),
  sendMessage,
  sendPhoto: sendFile('photo'),
  sendAudio: sendFile('audio'),
  sendDocument: sendFile('document'),
  sendVideo: sendFile('video'),
  sendAnimation: sendFile('animation'),
  sendVoice: sendFile('voice'),
  sendVideoNote: sendFile('video_note'),
  sendSticker: sendFile('sticker'),
  sendLocation,
  sendVenue,
  sendContact,
  sendMediaGroup,
  sendChatAction,
  answerCallbackQuery,
  getChat,
  getUserProfilePhotos,
  getFile,
  setMyCommands: (_lab, bot, params) => {
    const commands = params.commands as { command: string; description: string }[];
    for (const { command } of commands) {
      if (!/^[a-z0-9_]{1,32}$/.test(command)) throw badRequest('BOT_COMMAND_INVALID');
    }
    bot.commands = commands;
    return true;
  },
  getMyCommands: (_lab, bot) => bot.commands,
  deleteMyCommands: (_lab, bot) => {
    bot.commands = [];
    return true;
  },
  setChatMenuButton: (_lab, bot, params) => {
    const button = (params.menu_button ?? { type: 'default' }) as { type: string; web_app?: { url?: string } };
    if (button.type === 'web_app' && !button.web_app?.url?.startsWith('https://'))
      throw badRequest('BUTTON_URL_INVALID');
    bot.menuButton = button;
    return true;
  },
  getChatMenuButton: (_lab, bot) => bot.menuButton,
  setMyDescription: (_lab, bot, params) => {
    bot.description = (params.description ?? '') as string;
    return true;
  },
  getMyDescription: (_lab, bot) => ({ description: bot.description }),
  setMyShortDescription: (_lab, bot, params) => {
    bot.shortDescription = (params.short_description ?? '') as string;
    return true;
  },
  getMyShortDescription: (_lab, bot) => ({ short_description: bot.shortDescription }),
};

/** What the API says of a method that exists at Telegram and is not played here. */
export const notPlayed = (method: string): TelegramError =>
  new TelegramError(501, `Not Implemented: the Lab does not play ${method}`);
