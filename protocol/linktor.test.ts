import fc from 'fast-check';
import Value from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { Content } from './content.ts';
import { fromLinktor, linktorContentType, toLinktor } from './linktor.ts';
import { content as anyContent } from './testing/arbitraries.ts';

const read = (input: unknown): Content | undefined => fromLinktor(input).content;
const faults = (input: unknown, at?: string): string[] =>
  (fromLinktor(input, at).faults ?? []).map((fault) => `${fault.field}: ${fault.message}`);

describe('the wire', () => {
  test('any content comes back from the wire as it was, through JSON', () => {
    const sent = anyContent.map((content) => JSON.parse(JSON.stringify(content)) as Content);
    fc.assert(
      fc.property(
        sent,
        (content) => void expect(fromLinktor(JSON.parse(JSON.stringify(toLinktor(content))))).toEqual({ content }),
      ),
      { numRuns: 2000 },
    );
  });

  test('carries the SDK’s members beside our union', () => {
    expect(
      toLinktor({
        type: 'image',
        media: { url: 'https://x/y.png', mimeType: 'image/png' },
        text: 'Look',
        actions: [{ type: 'link', text: 'More', url: 'https://x' }],
      }),
    ).toEqual({
      type: 'image',
      text: 'Look',
      media: { url: 'https://x/y.png', mimeType: 'image/png', caption: 'Look' },
      actions: [{ type: 'link', text: 'More', url: 'https://x' }],
      buttons: [{ type: 'url', text: 'More', url: 'https://x' }],
    });
    expect(
      toLinktor({ type: 'list', text: 'Pick', sections: [{ rows: [{ title: 'Tea', payload: 't' }] }] }).listSections,
    ).toEqual([{ title: '', rows: [{ id: 't', title: 'Tea' }] }]);
    expect(toLinktor({ type: 'contact', contacts: [{ name: 'Ana', phones: ['+1'] }] }).contact).toEqual({
      name: 'Ana',
      phones: ['+1'],
    });
  });

  test('a content type the SDK does not know is text to it', () => {
    expect(linktorContentType({ type: 'carousel', cards: [{ title: 'x' }] })).toBe('text');
    expect(linktorContentType({ type: 'sticker', media: {} })).toBe('sticker');
  });
});

describe('the SDK’s conversation body', () => {
  test.each<[string, unknown, Content]>([
    ['text', { text: 'Hi', metadata: { a: 1 } }, { type: 'text', text: 'Hi' }],
    [
      'media',
      { media: { type: 'document', url: 'https://x/a.pdf', filename: 'a.pdf', caption: 'Here' } },
      { type: 'document', text: 'Here', media: { url: 'https://x/a.pdf', filename: 'a.pdf' } },
    ],
    [
      'media and text',
      { text: 'One', media: { type: 'image', url: 'https://x/a.png', caption: 'Two' } },
      { type: 'image', text: 'One\n\nTwo', media: { url: 'https://x/a.png' } },
    ],
    [
      'a sticker',
      { media: { type: 'sticker', url: 'https://x/s.webp' } },
      { type: 'sticker', media: { url: 'https://x/s.webp' } },
    ],
    [
      'a place',
      { location: { latitude: 1.5, longitude: 2, name: 'Here' } },
      { type: 'location', location: { latitude: 1.5, longitude: 2, name: 'Here' } },
    ],
    [
      'buttons',
      {
        text: 'Pick',
        buttons: [
          { type: 'reply', text: 'A', payload: 'a' },
          { type: 'url', text: 'B', url: 'https://b' },
          { type: 'call', text: 'C', phone: '+1' },
        ],
      },
      {
        type: 'text',
        text: 'Pick',
        actions: [
          { type: 'reply', text: 'A', payload: 'a' },
          { type: 'link', text: 'B', url: 'https://b' },
          { type: 'call', text: 'C', phone: '+1' },
        ],
      },
    ],
    [
      'a template',
      {
        template: {
          name: 'hello',
          language: 'pt_BR',
          components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ana' }] }],
        },
      },
      {
        type: 'template',
        template: {
          name: 'hello',
          language: 'pt_BR',
          components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ana' }] }],
        },
      },
    ],
    [
      'a stored template',
      { template: { name: 'welcome', variables: { name: 'Ana' } } },
      { type: 'template', template: { name: 'welcome', language: 'en', variables: { name: 'Ana' } } },
    ],
    [
      'a contact',
      { contact: { name: 'Ana', phones: ['+1'], emails: ['a@b.c'] } },
      { type: 'contact', contacts: [{ name: 'Ana', phones: ['+1'], emails: ['a@b.c'] }] },
    ],
    [
      'list sections',
      { text: 'Pick', listSections: [{ title: 'Hot', rows: [{ id: 't', title: 'Tea', description: 'green' }] }] },
      {
        type: 'list',
        text: 'Pick',
        sections: [{ title: 'Hot', rows: [{ title: 'Tea', description: 'green', payload: 't' }] }],
      },
    ],
  ])('reads %s', (_, input, content) => expect(fromLinktor(input)).toEqual({ content }));
});

describe('the documents’ content', () => {
  const buttons: Content = { type: 'text', text: 'Pick', actions: [{ type: 'reply', text: 'A', payload: 'a' }] };
  test.each<[string, unknown, Content]>([
    ['a plain string', 'Hello', { type: 'text', text: 'Hello' }],
    [
      'flat image',
      { type: 'image', url: 'https://x/a.png', caption: 'c' },
      { type: 'image', text: 'c', media: { url: 'https://x/a.png' } },
    ],
    [
      'nested image',
      { type: 'image', image: { url: 'https://x/a.png', caption: 'c' } },
      { type: 'image', text: 'c', media: { url: 'https://x/a.png' } },
    ],
    [
      'nested document',
      { type: 'document', document: { url: 'https://x/a.pdf', filename: 'a.pdf' } },
      { type: 'document', media: { url: 'https://x/a.pdf', filename: 'a.pdf' } },
    ],
    [
      'nested video',
      { type: 'video', video: { url: 'https://x/v', thumbnailUrl: 'https://x/t' } },
      { type: 'video', media: { url: 'https://x/v', thumbnailUrl: 'https://x/t' } },
    ],
    [
      'flat location',
      { type: 'location', latitude: 1, longitude: 2, address: 'St' },
      { type: 'location', location: { latitude: 1, longitude: 2, address: 'St' } },
    ],
    [
      'nested location',
      { type: 'location', location: { latitude: 1, longitude: 2 } },
      { type: 'location', location: { latitude: 1, longitude: 2 } },
    ],
    ['flat buttons', { type: 'buttons', text: 'Pick', buttons: [{ type: 'reply', id: 'a', title: 'A' }] }, buttons],
    [
      'interactive buttons',
      {
        type: 'interactive',
        interactive: { type: 'button', body: { text: 'Pick' }, action: { buttons: [{ id: 'a', title: 'A' }] } },
      },
      buttons,
    ],
    [
      'WhatsApp’s own buttons',
      {
        type: 'interactive',
        interactive: {
          type: 'button',
          body: { text: 'Pick' },
          action: { buttons: [{ type: 'reply', reply: { id: 'a', title: 'A' } }] },
        },
      },
      buttons,
    ],
    [
      'web chat’s buttons',
      {
        type: 'interactive',
        interactive: { type: 'buttons', body: { text: 'Pick' }, buttons: [{ id: 'a', label: 'A' }] },
      },
      buttons,
    ],
    ['quick replies', { type: 'text', text: 'Pick', quickReplies: [{ id: 'a', title: 'A' }] }, buttons],
    [
      'Meta’s quick replies',
      { type: 'text', text: 'Pick', quickReplies: [{ contentType: 'text', title: 'A', payload: 'a' }] },
      buttons,
    ],
    [
      'asking for a number',
      { type: 'text', text: 'Pick', quickReplies: [{ contentType: 'user_phone_number' }] },
      { type: 'text', text: 'Pick', actions: [{ type: 'reply', text: '📞', payload: 'user_phone_number' }] },
    ],
    [
      'an interactive picture',
      {
        type: 'interactive',
        interactive: {
          type: 'button',
          header: { type: 'image', image: { link: 'https://x/a.png' } },
          body: { text: 'Pick' },
          footer: { text: 'f' },
          action: { buttons: [{ id: 'a', title: 'A' }] },
        },
      },
      {
        type: 'image',
        text: 'Pick\n\nf',
        media: { url: 'https://x/a.png' },
        actions: [{ type: 'reply', text: 'A', payload: 'a' }],
      },
    ],
    [
      'an interactive list',
      {
        type: 'interactive',
        interactive: {
          type: 'list',
          header: { type: 'text', text: 'H' },
          body: { text: 'B' },
          action: { button: 'Go', sections: [{ title: 'S', rows: [{ id: 'r', title: 'R', description: 'd' }] }] },
        },
      },
      {
        type: 'list',
        text: 'B',
        header: 'H',
        button: 'Go',
        sections: [{ title: 'S', rows: [{ title: 'R', description: 'd', payload: 'r' }] }],
      },
    ],
    [
      'a link button',
      {
        type: 'interactive',
        interactive: {
          type: 'cta_url',
          body: { text: 'B' },
          action: { name: 'cta_url', parameters: { display_text: 'Go', url: 'https://x' } },
        },
      },
      { type: 'text', text: 'B', actions: [{ type: 'link', text: 'Go', url: 'https://x' }] },
    ],
    [
      'a template with a language code',
      { type: 'template', template: { name: 'n', language: { code: 'pt' } } },
      { type: 'template', template: { name: 'n', language: 'pt' } },
    ],
    [
      'a card',
      {
        type: 'card',
        card: {
          title: 'T',
          subtitle: 's',
          imageUrl: 'https://x/i',
          buttons: [
            { id: 'b', label: 'Buy' },
            { id: 'o', label: 'Open', url: 'https://x' },
          ],
        },
      },
      {
        type: 'card',
        title: 'T',
        text: 's',
        media: { url: 'https://x/i' },
        actions: [
          { type: 'reply', text: 'Buy', payload: 'b' },
          { type: 'link', text: 'Open', url: 'https://x' },
        ],
      },
    ],
    [
      'a button template',
      {
        type: 'template',
        template: { type: 'button', text: 'Pick', buttons: [{ type: 'postback', title: 'A', payload: 'a' }] },
      },
      { type: 'text', text: 'Pick', actions: [{ type: 'postback', text: 'A', payload: 'a' }] },
    ],
    [
      'a generic template',
      {
        type: 'template',
        template: {
          type: 'generic',
          elements: [
            {
              title: 'T',
              subtitle: 's',
              imageUrl: 'https://x/i',
              defaultAction: { type: 'web_url', url: 'https://x/t' },
              buttons: [{ type: 'web_url', title: 'W', url: 'https://x/w' }],
            },
          ],
        },
      },
      {
        type: 'card',
        title: 'T',
        text: 's',
        media: { url: 'https://x/i' },
        actions: [
          { type: 'link', text: 'W', url: 'https://x/w' },
          { type: 'link', text: 'T', url: 'https://x/t' },
        ],
      },
    ],
    [
      'a receipt',
      {
        type: 'template',
        template: {
          type: 'receipt',
          recipientName: 'Ana',
          orderNumber: '12',
          currency: 'EUR',
          paymentMethod: 'Visa',
          elements: [{ title: 'Tea', quantity: 2, price: 5 }],
          summary: { totalCost: 10 },
        },
      },
      { type: 'text', text: 'Ana\nOrder: 12\n2 × Tea 5 EUR\nPayment: Visa\nTotal cost: 10 EUR' },
    ],
    [
      'a rich card',
      {
        type: 'richCard',
        richCard: {
          standaloneCard: {
            cardOrientation: 'VERTICAL',
            cardContent: {
              title: 'T',
              description: 'd',
              media: { height: 'TALL', contentInfo: { fileUrl: 'https://x/i' } },
              suggestions: [{ reply: { text: 'A', postbackData: 'a' } }],
            },
          },
        },
      },
      {
        type: 'card',
        title: 'T',
        text: 'd',
        media: { url: 'https://x/i' },
        actions: [{ type: 'reply', text: 'A', payload: 'a' }],
      },
    ],
    [
      'a rich carousel',
      {
        type: 'richCard',
        richCard: { carouselCard: { cardWidth: 'SMALL', cardContents: [{ title: 'T' }, { title: 'U' }] } },
      },
      { type: 'carousel', cards: [{ title: 'T' }, { title: 'U' }] },
    ],
    [
      'suggestions',
      {
        type: 'text',
        text: 'Pick',
        suggestions: [
          { reply: { text: 'A', postbackData: 'a' } },
          { action: { text: 'Call', postbackData: 'c', dialAction: { phoneNumber: '+1' } } },
          { action: { text: 'Open', openUrlAction: { url: 'https://x' } } },
          { action: { text: 'Where', shareLocationAction: {} } },
        ],
      },
      {
        type: 'text',
        text: 'Pick',
        actions: [
          { type: 'reply', text: 'A', payload: 'a' },
          { type: 'call', text: 'Call', phone: '+1' },
          { type: 'link', text: 'Open', url: 'https://x' },
          { type: 'location_request', text: 'Where' },
        ],
      },
    ],
    [
      'a mail',
      {
        type: 'email',
        email: {
          subject: 'S',
          html: '<p>h</p>',
          cc: 'a@b.c',
          attachments: [
            { filename: 'a.png', content: 'aGk=', contentType: 'image/png' },
            { filename: 'b.pdf', url: 'https://x/b.pdf' },
          ],
        },
      },
      {
        type: 'email',
        subject: 'S',
        html: '<p>h</p>',
        cc: ['a@b.c'],
        attachments: [
          { type: 'image', media: { url: 'data:image/png;base64,aGk=', mimeType: 'image/png', filename: 'a.png' } },
          { type: 'document', media: { url: 'https://x/b.pdf', filename: 'b.pdf' } },
        ],
      },
    ],
    [
      'Instagram’s sticker',
      { type: 'sticker', sticker: { id: 'like' } },
      { type: 'sticker', media: { ref: { id: 'like' } } },
    ],
    [
      'a poll',
      { type: 'poll', poll: { question: 'Q?', options: ['A', 'B'], isAnonymous: true } },
      {
        type: 'text',
        text: 'Q?',
        actions: [
          { type: 'reply', text: 'A', payload: 'A' },
          { type: 'reply', text: 'B', payload: 'B' },
        ],
      },
    ],
    [
      'Telegram’s parse mode',
      { type: 'text', text: '<b>x</b>', parseMode: 'HTML' },
      { type: 'text', text: '<b>x</b>', format: 'html' },
    ],
    [
      'Telegram’s keyboard',
      {
        type: 'text',
        text: 'Pick',
        replyMarkup: { inline_keyboard: [[{ text: 'A', callback_data: 'a' }], [{ text: 'B', url: 'https://b' }]] },
      },
      {
        type: 'text',
        text: 'Pick',
        actions: [
          { type: 'reply', text: 'A', payload: 'a' },
          { type: 'link', text: 'B', url: 'https://b' },
        ],
      },
    ],
  ])('reads %s', (_, input, content) => expect(fromLinktor(input)).toEqual({ content }));
});

describe('faults', () => {
  test('name the place and what is wrong there', () => {
    expect(faults({ type: 'image', image: { caption: 'x' } }, 'content')).toEqual(['content.image.url: is required']);
    expect(
      faults({
        text: 'Hi',
        buttons: [
          { type: 'reply', text: 'A' },
          { type: 'url', text: 'B' },
          { type: 'magic', text: 'C' },
        ],
      }),
    ).toEqual([
      'buttons[1].url: is required',
      'buttons[2].type: “magic” is not a kind of button; use reply, postback, url, call or location_request',
    ]);
    expect(faults({ type: 'location', latitude: 'north', longitude: 2 })).toEqual(['latitude: must be a number']);
    expect(faults({ type: 'hologram' })).toEqual(['type: “hologram” is not a kind of content']);
    expect(faults({ metadata: {} }, 'content')).toEqual([
      'content: says nothing; give text, media, location, contact, listSections or template',
    ]);
    expect(faults(undefined, 'content')).toEqual(['content: is required']);
    expect(faults(7)).toEqual([': must be an object or a string']);
    expect(faults({ type: 'interactive', interactive: { type: 'list', body: { text: 'B' }, action: {} } })).toEqual([
      'interactive.sections: must have at least one item',
    ]);
  });

  test('whatever comes in, what comes out is content or a list of faults', () => {
    const shaped = fc.dictionary(
      fc.constantFrom(
        'type',
        'text',
        'media',
        'image',
        'url',
        'buttons',
        'interactive',
        'template',
        'location',
        'listSections',
        'contact',
        'card',
        'cards',
        'sections',
        'attachments',
        'email',
        'poll',
        '__proto__',
        'constructor',
      ),
      fc.oneof(
        fc.constantFrom(
          'text',
          'image',
          'list',
          'card',
          'carousel',
          'interactive',
          'template',
          'email',
          'sticker',
          'poll',
          'reaction',
          'event',
        ),
        fc.jsonValue(),
      ),
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), shaped), (input) => {
        const result = fromLinktor(input);
        if (result.faults) expect(result.faults.length).toBeGreaterThan(0);
        else expect(Value.Check(Content, result.content)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('content given in our own words passes as it is', () => {
    const content: Content = {
      type: 'carousel',
      cards: [{ title: 'A', actions: [{ type: 'buy', text: 'Buy', amount: 100, currency: 'EUR' }] }],
    };
    expect(read(content)).toEqual(content);
    expect(
      faults({
        ...content,
        cards: [{ title: 'A', actions: [{ type: 'buy', text: 'Buy', amount: 1.5, currency: 'E' }] }],
      }),
    ).toEqual([
      'cards[0].actions[0].amount: must be a whole number of the currency’s smallest unit',
      'cards[0].actions[0].currency: must be a code of three letters',
    ]);
  });
});
