import Type, { type Static } from 'typebox';

/** What a reader may press. `reply` says its text and goes away, `postback` sends its payload and stays. */
export const Action = Type.Union(
  [
    Type.Object({
      type: Type.Literal('reply'),
      text: Type.String({ minLength: 1 }),
      payload: Type.Optional(Type.String()),
      imageUrl: Type.Optional(Type.String()),
    }),
    Type.Object({ type: Type.Literal('postback'), text: Type.String({ minLength: 1 }), payload: Type.String() }),
    Type.Object({
      type: Type.Literal('link'),
      text: Type.String({ minLength: 1 }),
      url: Type.String({ minLength: 1 }),
    }),
    Type.Object({
      type: Type.Literal('call'),
      text: Type.String({ minLength: 1 }),
      phone: Type.String({ minLength: 1 }),
    }),
    Type.Object({ type: Type.Literal('location_request'), text: Type.String({ minLength: 1 }) }),
    Type.Object({ type: Type.Literal('share'), text: Type.Optional(Type.String()) }),
    Type.Object({
      type: Type.Literal('buy'),
      text: Type.String({ minLength: 1 }),
      amount: Type.Integer({ description: 'In the currency’s smallest unit.' }),
      currency: Type.String({ minLength: 3, maxLength: 3 }),
    }),
    Type.Object({
      type: Type.Literal('webview'),
      text: Type.String({ minLength: 1 }),
      url: Type.String({ minLength: 1 }),
      fallback: Type.Optional(Type.String()),
    }),
  ],
  { $id: 'Action' },
);
export type Action = Static<typeof Action>;
export type ActionType = Action['type'];

/**
 * A file. `url` (a link of the caller's or the provider's; a signed one of ours where `mediaId` stands too), `mediaId` (stored with us, or on its way
 * here) or `ref` (the provider's own handle); `size` in bytes.
 */
export const Media = Type.Object({
  url: Type.Optional(Type.String()),
  mediaId: Type.Optional(Type.String()),
  ref: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  mimeType: Type.Optional(Type.String()),
  filename: Type.Optional(Type.String()),
  size: Type.Optional(Type.Number()),
  thumbnailUrl: Type.Optional(Type.String()),
  voice: Type.Optional(Type.Boolean({ description: 'A voice note rather than an audio file.' })),
  error: Type.Optional(
    Type.String({ description: 'Why the provider’s file could not be had: there is no link then.' }),
  ),
});
export type Media = Static<typeof Media>;

export const Attachment = Type.Object({
  type: Type.Union([Type.Literal('image'), Type.Literal('video'), Type.Literal('audio'), Type.Literal('document')]),
  media: Media,
});
export type Attachment = Static<typeof Attachment>;

export const Card = Type.Object({
  title: Type.String(),
  text: Type.Optional(Type.String()),
  media: Type.Optional(Media),
  actions: Type.Optional(Type.Array(Action)),
});
export type Card = Static<typeof Card>;

export const ListRow = Type.Object({
  title: Type.String({ minLength: 1 }),
  description: Type.Optional(Type.String()),
  payload: Type.String(),
});
export const ListSection = Type.Object({
  title: Type.Optional(Type.String()),
  rows: Type.Array(ListRow, { minItems: 1 }),
});
export type ListRow = Static<typeof ListRow>;
export type ListSection = Static<typeof ListSection>;

export const ContactCard = Type.Object({
  name: Type.String(),
  phones: Type.Optional(Type.Array(Type.String())),
  emails: Type.Optional(Type.Array(Type.String())),
  organization: Type.Optional(Type.String()),
  vcard: Type.Optional(Type.String()),
});
export type ContactCard = Static<typeof ContactCard>;

const speaking = { actions: Type.Optional(Type.Array(Action)), attachments: Type.Optional(Type.Array(Attachment)) };
const format = Type.Optional(Type.Union([Type.Literal('plain'), Type.Literal('markdown'), Type.Literal('html')]));
const caption = {
  text: Type.Optional(Type.String({ description: 'The words beside the file, else nothing.' })),
  format,
  media: Media,
  ...speaking,
};

/**
 * What a message says: a union on `type`. Words are plain unless `format` says otherwise. Where `format` is absent a channel whose apps read marks in
 * anything typed (WhatsApp) gets the words as they were typed; `plain` keeps such characters from being read as marks.
 */
export const Content = Type.Union(
  [
    Type.Object({
      type: Type.Literal('text'),
      text: Type.String(),
      format,
      ...speaking,
    }),
    Type.Object({ type: Type.Literal('image'), ...caption }),
    Type.Object({ type: Type.Literal('video'), ...caption }),
    Type.Object({ type: Type.Literal('audio'), ...caption }),
    Type.Object({ type: Type.Literal('document'), ...caption }),
    Type.Object({ type: Type.Literal('sticker'), media: Media, emoji: Type.Optional(Type.String()) }),
    Type.Object({
      type: Type.Literal('location'),
      location: Type.Object({
        latitude: Type.Number(),
        longitude: Type.Number(),
        name: Type.Optional(Type.String()),
        address: Type.Optional(Type.String()),
      }),
      text: Type.Optional(Type.String()),
      ...speaking,
    }),
    Type.Object({ type: Type.Literal('contact'), contacts: Type.Array(ContactCard, { minItems: 1 }) }),
    Type.Object({ type: Type.Literal('card'), ...Card.properties }),
    Type.Object({
      type: Type.Literal('carousel'),
      text: Type.Optional(Type.String()),
      cards: Type.Array(Card, { minItems: 1 }),
      ...speaking,
    }),
    Type.Object({
      type: Type.Literal('list'),
      text: Type.String(),
      header: Type.Optional(Type.String()),
      footer: Type.Optional(Type.String()),
      button: Type.Optional(Type.String({ description: 'What opens the list.' })),
      sections: Type.Array(ListSection, { minItems: 1 }),
    }),
    Type.Object({
      type: Type.Literal('template'),
      template: Type.Object({
        name: Type.String(),
        language: Type.String(),
        components: Type.Optional(Type.Array(Type.Unknown())),
        variables: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
      }),
      text: Type.Optional(
        Type.String({ description: 'What it says, for channels without templates and for our own pages.' }),
      ),
      actions: Type.Optional(Type.Array(Action)),
    }),
    Type.Object({
      type: Type.Literal('reaction'),
      emoji: Type.Union([Type.String(), Type.Null()]),
      messageId: Type.Optional(Type.String()),
    }),
    Type.Object({
      type: Type.Literal('email'),
      subject: Type.String(),
      html: Type.Optional(Type.String()),
      text: Type.Optional(Type.String()),
      cc: Type.Optional(Type.Array(Type.String())),
      bcc: Type.Optional(Type.Array(Type.String())),
      replyTo: Type.Optional(Type.String()),
      inReplyTo: Type.Optional(Type.String()),
      references: Type.Optional(Type.Array(Type.String())),
      ...speaking,
    }),
    Type.Object({
      type: Type.Literal('event'),
      event: Type.String({ description: 'call, postback, referral, story_reply, order…' }),
      text: Type.Optional(Type.String()),
      payload: Type.Optional(Type.String()),
      of: Type.Optional(Type.String({ description: 'The message it answers.' })),
      inferred: Type.Optional(Type.Boolean({ description: 'The choice was written out rather than pressed.' })),
      detail: Type.Optional(Type.Unknown()),
    }),
    Type.Object({ type: Type.Literal('unsupported'), reason: Type.String(), text: Type.Optional(Type.String()) }),
  ],
  { $id: 'Content' },
);
export type Content = Static<typeof Content>;
export type ContentType = Content['type'];
export type ContentOf<T extends ContentType> = Extract<Content, { type: T }>;
export type MediaKind = 'image' | 'video' | 'audio' | 'document' | 'sticker';
