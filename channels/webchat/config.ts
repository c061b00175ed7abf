import type { UploadLimits } from '@tributary/protocol';
import Type, { type Static } from 'typebox';

/** What a web chat channel needs to know. */
export const WebchatConfig = Type.Object({
  widgetId: Type.Optional(
    Type.String({
      title: 'Widget id',
      description: 'A name of your own for this widget, shown in messages and logs. Made for you when left empty.',
      maxLength: 64,
      examples: ['shop-front'],
    }),
  ),
  allowedOrigins: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 300 }), {
      title: 'Allowed websites',
      description:
        'The websites that may show this widget: https://shop.example.com, shop.example.com, *.example.com, or * for any. Empty: only this server and localhost.',
      maxItems: 100,
      examples: [['https://shop.example.com', '*.example.com']],
    }),
  ),
  theme: Type.Optional(
    Type.Object(
      {
        primaryColor: Type.Optional(
          Type.String({ title: 'Colour', description: 'The accent, as a CSS colour.', maxLength: 40 }),
        ),
        headerText: Type.Optional(
          Type.String({ title: 'Title', description: 'What stands above the conversation.', maxLength: 80 }),
        ),
        welcomeMessage: Type.Optional(
          Type.String({ title: 'Greeting', description: 'Shown before the first message.', maxLength: 1000 }),
        ),
        position: Type.Optional(
          Type.Union([Type.Literal('left'), Type.Literal('right')], {
            title: 'Position',
            description: 'The corner of the page the button sits in.',
          }),
        ),
      },
      { title: 'Look', description: 'How the widget looks on your page.' },
    ),
  ),
  uploads: Type.Optional(
    Type.Object(
      {
        allowed: Type.Optional(
          Type.Boolean({ title: 'Visitors may send files', description: 'On unless switched off.' }),
        ),
        maxMegabytes: Type.Optional(
          Type.Number({
            title: 'Largest file',
            description: 'In MB; 10 unless set.',
            exclusiveMinimum: 0,
            maximum: 100,
          }),
        ),
        types: Type.Optional(
          Type.Array(Type.String({ pattern: '^[\\w.+-]+/([\\w.+-]+|\\*)$' }), {
            title: 'Types',
            description: 'The MIME types that are taken, image/* for all pictures. Empty: any.',
            maxItems: 100,
            examples: [['image/*', 'application/pdf']],
          }),
        ),
      },
      { title: 'Files', description: 'Which files visitors may send.' },
    ),
  ),
  secret: Type.String({
    title: 'Signing secret',
    description: 'Signs the visitors’ tokens. Made for you; a new one makes every visitor a new visitor.',
    minLength: 16,
  }),
});
export type WebchatConfig = Static<typeof WebchatConfig>;

const MB = 1024 * 1024;
const DEFAULT_MEGABYTES = 10;

/** Which files a visitor may send. */
export function uploadsOf({ uploads }: WebchatConfig): UploadLimits | undefined {
  if (uploads?.allowed === false) return undefined;
  return {
    maxBytes: Math.floor((uploads?.maxMegabytes ?? DEFAULT_MEGABYTES) * MB),
    ...(uploads?.types?.length ? { types: uploads.types } : {}),
  };
}
