import type { Update as GrammyUpdate } from '@grammyjs/types';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';

/** The fields we read of what Telegram sends, spelled as Telegram spells them. What is not named here stays in `raw`. */

/** A number, or its digits where a double cannot hold it (json.ts). */
const Id = Type.Union([
  Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
  Type.String({ pattern: '^-?[0-9]{16,}$' }),
]);
const Text = Type.Optional(Type.String());
const Amount = Type.Optional(Type.Number());

const User = Type.Object({
  id: Id,
  is_bot: Type.Optional(Type.Boolean()),
  first_name: Text,
  last_name: Text,
  username: Text,
  language_code: Text,
});
const Chat = Type.Object({
  id: Id,
  type: Type.String(),
  title: Text,
  username: Text,
  first_name: Text,
  last_name: Text,
  is_forum: Type.Optional(Type.Boolean()),
});
const File = Type.Object({
  file_id: Type.String(),
  file_unique_id: Text,
  file_name: Text,
  mime_type: Text,
  file_size: Amount,
});
const PhotoSize = Type.Object({
  file_id: Type.String(),
  file_unique_id: Text,
  width: Type.Number(),
  height: Type.Number(),
  file_size: Amount,
});
const Location = Type.Object({ latitude: Type.Number(), longitude: Type.Number() });
const Envelope = {
  message_id: Id,
  date: Amount,
  chat: Chat,
  message_thread_id: Type.Optional(Id),
  is_topic_message: Type.Optional(Type.Boolean()),
};

const Message = Type.Object({
  ...Envelope,
  from: Type.Optional(User),
  sender_chat: Type.Optional(Chat),
  edit_date: Amount,
  media_group_id: Text,
  forward_origin: Type.Optional(Type.Unknown()),
  reply_to_message: Type.Optional(Type.Object({ message_id: Id, forum_topic_created: Type.Optional(Type.Unknown()) })),
  text: Text,
  caption: Text,
  animation: Type.Optional(File),
  audio: Type.Optional(File),
  document: Type.Optional(File),
  photo: Type.Optional(Type.Array(PhotoSize)),
  sticker: Type.Optional(
    Type.Object({
      ...File.properties,
      emoji: Text,
      is_animated: Type.Optional(Type.Boolean()),
      is_video: Type.Optional(Type.Boolean()),
    }),
  ),
  video: Type.Optional(File),
  video_note: Type.Optional(File),
  voice: Type.Optional(File),
  venue: Type.Optional(Type.Object({ location: Location, title: Text, address: Text })),
  location: Type.Optional(Location),
  contact: Type.Optional(
    Type.Object({
      phone_number: Type.String(),
      first_name: Text,
      last_name: Text,
      user_id: Type.Optional(Id),
      vcard: Text,
    }),
  ),
  web_app_data: Type.Optional(Type.Object({ data: Type.String(), button_text: Text })),
  poll: Type.Optional(Type.Object({ question: Text, options: Type.Optional(Type.Array(Type.Object({ text: Text }))) })),
  dice: Type.Optional(Type.Object({ emoji: Text, value: Amount })),
  migrate_to_chat_id: Type.Optional(Id),
  migrate_from_chat_id: Type.Optional(Id),
});
export type Message = Static<typeof Message>;
export type User = Static<typeof User>;
export type Chat = Static<typeof Chat>;
export type File = Static<typeof File>;

/** Enough of a message to say who wrote it where, when the rest is not what we know. */
const Stub = Type.Object({
  ...Envelope,
  from: Type.Optional(User),
  sender_chat: Type.Optional(Chat),
  edit_date: Amount,
});

const CallbackQuery = Type.Object({
  id: Type.String(),
  from: User,
  data: Text,
  // Absent for messages sent in inline mode; nothing but chat and id (and date 0) where Telegram no longer has it.
  message: Type.Optional(
    Type.Object({
      ...Envelope,
      reply_markup: Type.Optional(
        Type.Object({
          inline_keyboard: Type.Optional(Type.Array(Type.Array(Type.Object({ text: Text, callback_data: Text })))),
        }),
      ),
    }),
  ),
});
export type CallbackQuery = Static<typeof CallbackQuery>;

const ChatMemberUpdated = Type.Object({
  chat: Chat,
  from: User,
  date: Amount,
  old_chat_member: Type.Object({ status: Type.String() }),
  new_chat_member: Type.Object({ status: Type.String() }),
});

const MessageReactionUpdated = Type.Object({
  chat: Chat,
  message_id: Id,
  user: Type.Optional(User),
  actor_chat: Type.Optional(Chat),
  date: Amount,
  new_reaction: Type.Array(Type.Object({ type: Type.String(), emoji: Text })),
});

export const reads = {
  updateId: Compile(Id),
  message: Compile(Message),
  stub: Compile(Stub),
  callbackQuery: Compile(CallbackQuery),
  chatMember: Compile(ChatMemberUpdated),
  reaction: Compile(MessageReactionUpdated),
};

/** Every kind of update we ask for; a kind that is not named in setWebhook may keep an older list's setting. */
export const ALLOWED_UPDATES = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'callback_query',
  'my_chat_member',
  'message_reaction',
] as const satisfies readonly Exclude<keyof GrammyUpdate, 'update_id'>[];

/** What a message may hold that tells of the chat rather than speaking in it. */
export const SERVICE_FIELDS = [
  'new_chat_members',
  'left_chat_member',
  'chat_owner_left',
  'chat_owner_changed',
  'new_chat_title',
  'new_chat_photo',
  'delete_chat_photo',
  'group_chat_created',
  'supergroup_chat_created',
  'channel_chat_created',
  'message_auto_delete_timer_changed',
  'pinned_message',
  'successful_payment',
  'refunded_payment',
  'users_shared',
  'chat_shared',
  'gift',
  'unique_gift',
  'gift_upgrade_sent',
  'connected_website',
  'write_access_allowed',
  'passport_data',
  'proximity_alert_triggered',
  'boost_added',
  'chat_background_set',
  'checklist_tasks_done',
  'checklist_tasks_added',
  'direct_message_price_changed',
  'forum_topic_created',
  'forum_topic_edited',
  'forum_topic_closed',
  'forum_topic_reopened',
  'general_forum_topic_hidden',
  'general_forum_topic_unhidden',
  'giveaway_created',
  'giveaway_completed',
  'managed_bot_created',
  'paid_message_price_changed',
  'poll_option_added',
  'poll_option_deleted',
  'suggested_post_approved',
  'suggested_post_approval_failed',
  'suggested_post_declined',
  'suggested_post_paid',
  'suggested_post_refunded',
  'video_chat_scheduled',
  'video_chat_started',
  'video_chat_ended',
  'video_chat_participants_invited',
] as const;

/** What a message may hold that we have no word for: the name of it in a placeholder. */
export const UNSUPPORTED_FIELDS: Readonly<Record<string, string>> = {
  poll: 'Poll',
  dice: 'Dice',
  checklist: 'Checklist',
  story: 'Story',
  paid_media: 'Paid media',
  rich_message: 'Rich message',
  game: 'Game',
  invoice: 'Invoice',
  giveaway: 'Giveaway',
  giveaway_winners: 'Giveaway winners',
};
