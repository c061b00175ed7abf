import type { Action, ActionType, Capabilities, Content, Feature, FileFeature, MediaKind } from '@tributary/protocol';

/** A content that a channel with these capabilities has to be able to say, and the feature that promises it. */
export interface Declared {
  name: string;
  content: Content;
}

const carries = (feature: Feature | undefined): boolean => feature?.out === 'full' || feature?.out === 'partial';

/** Where a limit is not known, so much is tried. */
const OPEN_MAX = 1000;
const OPEN_TITLE = 40;

/** `max` units of text; `é` is one character and two bytes, so byte limits are met by half as many letters. */
function words(max: number, unit: 'utf16' | 'bytes-utf8' = 'utf16', salt = ''): string {
  const letter = unit === 'bytes-utf8' ? 'é' : 'x';
  const room = max - salt.length;
  if (room <= 0) return salt.slice(0, max);
  return unit === 'bytes-utf8' ? salt + letter.repeat(Math.floor(room / 2)) : salt + letter.repeat(room);
}

const MIME: Record<MediaKind, { mimeType: string; filename: string }> = {
  image: { mimeType: 'image/jpeg', filename: 'picture.jpg' },
  video: { mimeType: 'video/mp4', filename: 'film.mp4' },
  audio: { mimeType: 'audio/mpeg', filename: 'sound.mp3' },
  document: { mimeType: 'application/pdf', filename: 'paper.pdf' },
  sticker: { mimeType: 'image/webp', filename: 'sticker.webp' },
};

function media(kind: MediaKind, feature: FileFeature, no = 1) {
  const usual = MIME[kind];
  const declared = feature.mimeTypes?.find((type) => !type.includes('*')) ?? usual.mimeType;
  const mimeType = !feature.mimeTypes || feature.mimeTypes.includes(usual.mimeType) ? usual.mimeType : declared;
  return { url: `https://files.example.com/${no}/${usual.filename}`, mimeType, filename: usual.filename };
}

function action(
  type: ActionType,
  no: number,
  limits: { titleMax: number | null; payloadMax: number | null; payloadUnit?: 'utf16' | 'bytes-utf8' },
): Action {
  const text = words(limits.titleMax ?? OPEN_TITLE, 'utf16', `${no} `);
  const payload = words(limits.payloadMax || OPEN_TITLE, limits.payloadUnit, `p${no}:`);
  switch (type) {
    case 'reply':
    case 'postback':
      return { type, text, payload };
    case 'link':
    case 'webview':
      return { type, text, url: `https://shop.example.com/${no}` };
    case 'call':
      return { type, text, phone: '+551130000000' };
    case 'location_request':
      return { type, text };
    case 'share':
      return { type };
    case 'buy':
      return { type, text, amount: 1999, currency: 'BRL' };
  }
}

const speaking = (text: string, actions: Action[]): Content => ({ type: 'text', text, actions });

/** One content of each kind the capabilities declare as full or partial, within its limits and at them. */
export function declaredContents(capabilities: Capabilities): Declared[] {
  const found: Declared[] = [];
  const add = (name: string, content: Content): void => {
    found.push({ name, content });
  };
  const { text, buttons, quickReplies, list, card, carousel, caption } = capabilities;

  if (carries(text)) {
    add('a text of one letter', { type: 'text', text: 'x' });
    add('a text of markup characters', { type: 'text', text: '1 < 2 & *3* > _4_ [5](6) `7` ~8~ \\ <b>not bold' });
    add('a text of emoji and lines', { type: 'text', text: 'Olá 👩‍👩‍👧‍👦\n\n…and 🇧🇷 goodbye' });
    add('the longest text', {
      type: 'text',
      text: words(text.max ?? OPEN_MAX, text.countAs === 'bytes-utf8' ? 'bytes-utf8' : 'utf16'),
    });
    if (text.markup !== 'none') {
      add('Markdown', {
        type: 'text',
        format: 'markdown',
        text: '**bold** and _italic_ & [a link](https://example.com/?a=1&b=2)',
      });
      add('HTML', {
        type: 'text',
        format: 'html',
        text: '<p>1 &lt; 2, <b>bold</b></p><p><a href="https://example.com/">link</a></p>',
      });
    }
  }

  for (const kind of ['image', 'video', 'audio', 'document', 'sticker'] as const) {
    const feature = capabilities[kind];
    if (!carries(feature)) continue;
    const file = media(kind, feature);
    if (kind === 'sticker') {
      add('a sticker', { type: 'sticker', media: file });
      continue;
    }
    add(`${kind} without words`, { type: kind, media: file });
    if (caption?.on.includes(kind)) {
      add(`${kind} with a short caption`, { type: kind, media: file, text: 'Look & <see>' });
      add(`${kind} with the longest caption`, { type: kind, media: file, text: words(caption.max) });
    }
    if (buttons.headerKinds?.includes(kind) && carries(buttons)) {
      add(`${kind} above buttons`, { type: kind, media: file, text: 'Which?', actions: [action('reply', 1, buttons)] });
    }
  }

  if (carries(buttons)) {
    for (const kind of buttons.kinds) {
      const max = kind === 'link' ? (buttons.linkMax ?? buttons.max) : buttons.max;
      add(`one ${kind} button`, speaking('Which?', [action(kind, 1, buttons)]));
      // Some kinds make sense once in a message only.
      if (kind === 'location_request' || kind === 'share' || kind === 'buy') continue;
      const all = Array.from({ length: max }, (_, i) => action(kind, i + 1, buttons));
      add(`as many ${kind} buttons as go`, speaking(words(buttons.bodyMax ?? 200), all));
    }
    if (buttons.mixKinds && buttons.kinds.length > 1) {
      add(
        'buttons of different kinds',
        speaking(
          'Which?',
          buttons.kinds.slice(0, buttons.max).map((kind, i) => action(kind, i + 1, buttons)),
        ),
      );
    }
  }

  if (carries(quickReplies)) {
    const all = Array.from({ length: Math.min(quickReplies.max, OPEN_MAX) }, (_, i) =>
      action('reply', i + 1, quickReplies),
    );
    add('as many quick replies as go', speaking('Which?', all));
    add('a quick reply without a payload', speaking('Which?', [{ type: 'reply', text: 'Yes' }]));
    for (const kind of quickReplies.special ?? []) {
      add(
        `a ${kind} among quick replies`,
        speaking('Which?', [action('reply', 1, quickReplies), action(kind, 2, quickReplies)]),
      );
    }
  }

  if (carries(list)) {
    const sections = list.sectionsMax ?? 2;
    const rows = list.rowsMax ?? 4;
    const row = (no: number) => ({
      title: words(list.rowTitleMax ?? OPEN_TITLE, 'utf16', `${no} `),
      description: words(list.rowDescriptionMax ?? OPEN_TITLE),
      payload: words(list.rowPayloadMax ?? OPEN_TITLE, 'utf16', `p${no}:`),
    });
    const perSection = Math.max(1, Math.floor(rows / sections));
    add('the shortest list', { type: 'list', text: 'Which?', sections: [{ rows: [{ title: 'One', payload: '1' }] }] });
    add('the longest list', {
      type: 'list',
      text: words(list.bodyMax ?? 200),
      header: words(list.headerMax ?? OPEN_TITLE),
      footer: words(list.footerMax ?? OPEN_TITLE),
      button: words(list.buttonLabelMax ?? 20),
      sections: Array.from({ length: Math.min(sections, rows) }, (_, s) => ({
        title: words(list.sectionTitleMax ?? OPEN_TITLE, 'utf16', `${s} `),
        rows: Array.from({ length: perSection }, (_, r) => row(s * perSection + r + 1)),
      })),
    });
  }

  if (carries(card)) {
    const actions = Array.from({ length: Math.min(card.buttonsMax ?? 1, buttons.max) }, (_, i) =>
      action('postback', i + 1, buttons),
    );
    add('a card with words only', { type: 'card', title: 'Blue shoe' });
    add('a full card', {
      type: 'card',
      title: words(card.titleMax ?? 80),
      text: words(card.textMax ?? 80),
      media: media('image', capabilities.image),
      actions,
    });
  }

  if (carries(carousel)) {
    const kinds = carousel.kinds ?? buttons.kinds;
    add('a full carousel', {
      type: 'carousel',
      text: words(carousel.bodyMax ?? 60),
      cards: Array.from({ length: carousel.cardsMax ?? 4 }, (_, i) => ({
        title: words(carousel.cardTitleMax ?? 60, 'utf16', `${i} `),
        text: words(carousel.cardTextMax ?? 60),
        media: media('image', capabilities.image, i),
        actions: Array.from({ length: carousel.buttonsPerCardMax ?? 1 }, (_, b) =>
          action(kinds[0] ?? 'postback', b + 1, buttons),
        ),
      })),
    });
  }

  if (capabilities.attachments?.album && carries(capabilities.image)) {
    const [, ...rest] = Array.from({ length: capabilities.attachments.max }, (_, i) => i + 1);
    add('a full album', {
      type: 'image',
      text: 'All of them',
      media: media('image', capabilities.image),
      attachments: rest.map((no) => ({ type: 'image' as const, media: media('image', capabilities.image, no) })),
    });
  }

  if (carries(capabilities.location)) {
    add('a bare location', { type: 'location', location: { latitude: -23.55052, longitude: -46.633308 } });
    add('a named location', {
      type: 'location',
      location: { latitude: 40.758, longitude: -73.9855, name: 'Acme Store', address: '1 Demo Plaza' },
    });
  }
  if (carries(capabilities.contact)) {
    const one = { name: 'Ana Prado', phones: ['+5511999990000'], emails: ['ana@example.com'], organization: 'Acme' };
    add('a contact', { type: 'contact', contacts: [one] });
    if ((capabilities.contact.max ?? 1) > 1) {
      add('several contacts', { type: 'contact', contacts: [one, { name: 'Bo', phones: ['+5511999990001'] }] });
    }
  }
  if (carries(capabilities.template)) {
    add('a template', {
      type: 'template',
      template: {
        name: 'order_shipped',
        language: 'en',
        components: [{ type: 'body', parameters: [{ type: 'text', text: '1042' }] }],
      },
      text: 'Your order 1042 has shipped.',
    });
  }
  if (carries(capabilities.reaction)) {
    add('a reaction', { type: 'reaction', emoji: '👍' });
    add('a reaction taken back', { type: 'reaction', emoji: null });
  }
  return found;
}

/** Contents no channel carries as they are: what fit() makes of them must be sayable all the same. */
export function anyContents(): Declared[] {
  const url = 'https://files.example.com/1/picture.jpg';
  const replies = (count: number): Action[] =>
    Array.from({ length: count }, (_, i) => ({
      type: 'reply',
      text: `Choice ${i + 1}`,
      payload: `choice:${i + 1}:`.padEnd(300, 'é'),
    }));
  return [
    { name: 'a text of 20,000 characters', content: { type: 'text', text: 'All work and no play. '.repeat(910) } },
    { name: 'a text without a space', content: { type: 'text', text: '👩‍👩‍👧‍👦'.repeat(1500) } },
    { name: '150 buttons with long payloads', content: speaking('Which?', replies(150)) },
    {
      name: 'every kind of action',
      content: speaking('Which?', [
        { type: 'reply', text: 'Yes' },
        { type: 'postback', text: 'Buy', payload: 'buy' },
        { type: 'link', text: 'Look', url: 'https://shop.example.com/1' },
        { type: 'call', text: 'Call', phone: '+551130000000' },
        { type: 'location_request', text: 'Where' },
        { type: 'share' },
        { type: 'buy', text: 'Pay', amount: 1999, currency: 'BRL' },
        { type: 'webview', text: 'Open', url: 'https://shop.example.com/app', fallback: 'https://shop.example.com/1' },
      ]),
    },
    {
      name: 'a picture with a long caption and buttons',
      content: {
        type: 'image',
        media: { url, mimeType: 'image/jpeg' },
        text: 'So much to see. '.repeat(300),
        actions: replies(5),
      },
    },
    {
      name: 'a picture of a rare type',
      content: { type: 'image', media: { url, mimeType: 'image/x-portable-anymap' }, text: 'Old' },
    },
    {
      name: 'an album of many kinds',
      content: {
        type: 'image',
        media: { url, mimeType: 'image/jpeg' },
        text: 'All',
        actions: replies(2),
        attachments: (['video', 'document', 'audio', 'image'] as const).flatMap((type) =>
          Array.from({ length: 4 }, () => ({ type, media: { url, ...MIME[type] } })),
        ),
      },
    },
    {
      name: 'a carousel of twelve',
      content: {
        type: 'carousel',
        text: 'Shoes',
        cards: Array.from({ length: 12 }, (_, i) => ({
          title: `Shoe ${i} `.repeat(30),
          text: 'Blue & light. '.repeat(100),
          media: { url, mimeType: 'image/jpeg' },
          actions: replies(4),
        })),
      },
    },
    {
      name: 'a long list',
      content: {
        type: 'list',
        text: 'Which?',
        header: 'Menu',
        footer: 'Fine',
        sections: Array.from({ length: 12 }, (_, i) => ({
          title: `Section ${i}`,
          rows: Array.from({ length: 12 }, (_, j) => ({
            title: `Row ${j} `.repeat(8),
            description: 'Long words. '.repeat(20),
            payload: `row:${i}:${j}`,
          })),
        })),
      },
    },
    {
      name: 'a mail',
      content: {
        type: 'email',
        subject: 'Hello <you>',
        html: '<h1>Hi</h1><p>1 &lt; 2</p><script>x</script>',
        actions: replies(2),
      },
    },
    {
      name: 'a template',
      content: {
        type: 'template',
        template: { name: 'order', language: 'en' },
        text: 'Your order has shipped.',
        actions: replies(2),
      },
    },
    {
      name: 'a place with words and buttons',
      content: {
        type: 'location',
        location: { latitude: 1, longitude: 2, name: 'Here' },
        text: 'We are here',
        actions: replies(2),
      },
    },
    {
      name: 'fifteen contacts',
      content: {
        type: 'contact',
        contacts: Array.from({ length: 15 }, (_, i) => ({
          name: `Bo ${i}`,
          phones: ['+5511999990000', '+5511999990001'],
          emails: ['bo@example.com'],
        })),
      },
    },
    {
      name: 'a sticker of a rare type',
      content: { type: 'sticker', media: { url, mimeType: 'image/x-portable-anymap' }, emoji: '👋' },
    },
    { name: 'an event with words', content: { type: 'event', event: 'order', text: 'You ordered shoes.' } },
  ];
}
