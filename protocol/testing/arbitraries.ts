import fc from 'fast-check';
import type { Action, Attachment, Card, Content, ListSection, Media } from '../content.ts';

/** Words as people write them, with marks, emoji, other scripts and now and then half a character. */
const word = fc.oneof(
  { weight: 12, arbitrary: fc.stringMatching(/^[a-z]{1,12}$/) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '*bold*',
      '_it_',
      '~no~',
      '`x`',
      '**B**',
      '<b>',
      '</b>',
      '&amp;',
      'a<b',
      '[x](y)',
      '#1',
      '\\',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'ação',
      '👍🏽',
      '👨‍👩‍👧',
      'Größe',
      '日本語の文章です。',
      'ภาษาไทย',
      'שלום',
      'é́',
      '{}[]~|€',
      '1)',
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom('https://example.org/a_b_c?x=1*2', 'x'.repeat(300), 'ünd'.repeat(80)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }) },
);
const gap = fc.oneof(
  { weight: 8, arbitrary: fc.constant(' ') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\n\n', '. ', '! ', ', ') },
);

/** Text of so many words, long ones now and then. */
export const prose = (most: number): fc.Arbitrary<string> =>
  fc.array(fc.tuple(word, gap), { minLength: 1, maxLength: most }).map((pairs) => pairs.flat().join('').trim() || 'x');

const text = fc.oneof(
  { weight: 6, arbitrary: prose(12) },
  { weight: 1, arbitrary: prose(300) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(prose(60), fc.integer({ min: 2, max: 30 }))
      .map(([some, times]) => Array(times).fill(some).join('\n\n')),
  },
);
const title = fc.oneof({ weight: 6, arbitrary: prose(2) }, { weight: 1, arbitrary: prose(20) });
const payload = fc.oneof(
  { weight: 5, arbitrary: fc.stringMatching(/^[A-Z_]{1,20}$/) },
  { weight: 1, arbitrary: fc.string({ minLength: 50, maxLength: 900 }) },
);
const url = fc.stringMatching(/^https:\/\/[a-z]{3,10}\.example\/[a-z0-9]{0,40}$/);
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

/** Leaves out members that are undefined, as JSON does. */
const pruned = <T extends object>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  arbitrary.map((value) => Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T);

export const action = fc.oneof(
  {
    weight: 5,
    arbitrary: pruned(fc.record({ type: fc.constant('reply' as const), text: title, payload: optional(payload) })),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('postback' as const), text: title, payload }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('link' as const), text: title, url }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('call' as const),
      text: title,
      phone: fc.stringMatching(/^\+[1-9][0-9]{8,12}$/),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('location_request' as const), text: title }) },
  { weight: 1, arbitrary: pruned(fc.record({ type: fc.constant('share' as const), text: optional(title) })) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('buy' as const),
      text: title,
      amount: fc.nat(100_000),
      currency: fc.constantFrom('EUR', 'JPY', 'BRL'),
    }),
  },
  {
    weight: 1,
    arbitrary: pruned(fc.record({ type: fc.constant('webview' as const), text: title, url, fallback: optional(url) })),
  },
) as unknown as fc.Arbitrary<Action>;
const actions = optional(
  fc.oneof(
    { weight: 4, arbitrary: fc.array(action, { minLength: 1, maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(action, { minLength: 1, maxLength: 16 }) },
  ),
);

const media: fc.Arbitrary<Media> = pruned(
  fc.record({
    url,
    mediaId: optional(fc.constant('media_1')),
    mimeType: optional(
      fc.constantFrom(
        'image/jpeg',
        'image/gif',
        'image/webp',
        'video/mp4',
        'audio/ogg; codecs=opus',
        'application/pdf',
        'application/zip',
      ),
    ),
    filename: optional(fc.constantFrom('photo.jpg', 'report 1.pdf')),
    size: optional(fc.constantFrom(1000, 6_000_000, 30_000_000, 200_000_000)),
  }),
);
const attachments = optional(
  fc.array(
    fc.record({ type: fc.constantFrom('image', 'video', 'audio', 'document'), media }) as fc.Arbitrary<Attachment>,
    { minLength: 1, maxLength: 3 },
  ),
);
const card: fc.Arbitrary<Card> = pruned(
  fc.record({ title, text: optional(prose(30)), media: optional(media), actions }),
);
const section: fc.Arbitrary<ListSection> = pruned(
  fc.record({
    title: optional(title),
    rows: fc.array(pruned(fc.record({ title, description: optional(prose(8)), payload })), {
      minLength: 1,
      maxLength: 6,
    }),
  }),
);

const format = optional(fc.constantFrom('plain', 'markdown', 'html'));
const captioned = fc
  .constantFrom('image', 'video', 'audio', 'document')
  .chain((type) =>
    pruned(fc.record({ type: fc.constant(type), text: optional(text), format, media, actions, attachments })),
  ) as fc.Arbitrary<Content>;

/** Content of every kind a business may send. */
export const content = fc.oneof(
  {
    weight: 6,
    arbitrary: pruned(fc.record({ type: fc.constant('text' as const), text, format, actions, attachments })),
  },
  { weight: 4, arbitrary: captioned },
  {
    weight: 2,
    arbitrary: pruned(
      fc.record({
        type: fc.constant('card' as const),
        title,
        text: optional(prose(60)),
        media: optional(media),
        actions,
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: pruned(
      fc.record({
        type: fc.constant('carousel' as const),
        text: optional(text),
        cards: fc.array(card, { minLength: 1, maxLength: 12 }),
        actions,
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: pruned(
      fc.record({
        type: fc.constant('list' as const),
        text,
        header: optional(title),
        footer: optional(title),
        button: optional(title),
        sections: fc.array(section, { minLength: 1, maxLength: 3 }),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: pruned(
      fc.record({
        type: fc.constant('location' as const),
        location: pruned(
          fc.record({
            latitude: fc.double({ min: -90, max: 90, noNaN: true }),
            longitude: fc.double({ min: -180, max: 180, noNaN: true }),
            name: optional(title),
            address: optional(title),
          }),
        ),
        text: optional(text),
        actions,
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('contact' as const),
      contacts: fc.array(
        pruned(
          fc.record({
            name: title,
            phones: optional(fc.array(fc.stringMatching(/^\+[0-9]{8,12}$/), { maxLength: 2 })),
            organization: optional(title),
          }),
        ),
        { minLength: 1, maxLength: 7 },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: pruned(
      fc.record({ type: fc.constant('sticker' as const), media, emoji: optional(fc.constantFrom('👍', '🎉')) }),
    ),
  },
  {
    weight: 1,
    arbitrary: pruned(
      fc.record({
        type: fc.constant('email' as const),
        subject: title,
        html: optional(text),
        text: optional(text),
        actions,
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: pruned(
      fc.record({
        type: fc.constant('template' as const),
        template: fc.record({ name: fc.constant('order_ready'), language: fc.constant('en') }),
        text,
        actions,
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: pruned(
      fc.record({
        type: fc.constant('reaction' as const),
        emoji: fc.constantFrom('👍', null),
        messageId: optional(fc.constant('msg_1')),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: pruned(
      fc.record({ type: fc.constant('unsupported' as const), reason: fc.constant('poll'), text: optional(text) }),
    ),
  },
) as unknown as fc.Arbitrary<Content>;
