import { describe, expect, test } from 'vitest';
import type { Action, Content } from './content.ts';
import { fit } from './fit.ts';
import { CHANNELS } from './testing/index.ts';

const on = (name: string, content: Content) => fit(content, CHANNELS[name]!, { channelTitle: name });
const replies = (...texts: string[]): Action[] =>
  texts.map((text) => ({ type: 'reply', text, payload: text.toUpperCase() }));
const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `Answer ${i + 1}`);
const codes = (fitted: ReturnType<typeof fit>): string[] => fitted.losses.map((loss) => loss.code);
const texts = (fitted: ReturnType<typeof fit>): (string | undefined)[] =>
  fitted.parts.map((part) => ('text' in part.content ? part.content.text : undefined));
const picture = { url: 'https://files.example/tea.jpg', mimeType: 'image/jpeg' };

describe('words', () => {
  test('what fits goes out as the very object that came in', () => {
    const content: Content = { type: 'text', text: 'Hello' };
    expect(on('WhatsApp', content).parts[0]!.content).toBe(content);
  });

  test('a long text is cut at a paragraph, else at a sentence, else between words, and never inside a family of emoji', () => {
    const sentence = `${'word '.repeat(30).trim()}. `;
    const paragraphs = `${sentence.repeat(5)}\n\n${sentence.repeat(5)}`.trim();
    expect(texts(on('Instagram', { type: 'text', text: paragraphs }))).toEqual(
      paragraphs.split('\n\n').map((one) => one.trim()),
    );
    for (const text of texts(on('Instagram', { type: 'text', text: sentence.repeat(30).trim() })))
      expect(text).toMatch(/\.$/);
    const family = '👨‍👩‍👧‍👦'.repeat(100);
    const parts = texts(on('Instagram', { type: 'text', text: family }));
    expect(parts.join('')).toBe(family);
    for (const part of parts) expect(part).toMatch(/^(?:👨‍👩‍👧‍👦)+$/u);
  });

  test('the loss says in words what happened and why', () => {
    expect(on('WhatsApp', { type: 'text', text: 'x '.repeat(3000), actions: [] }).losses).toEqual([
      {
        code: 'text_split',
        kind: 'adapted',
        says: 'WhatsApp takes at most 4096 characters at once; the text comes in 2 parts.',
      },
    ]);
  });

  test('an SMS of 1,600 characters in GSM-7 is one message, and brackets count twice', () => {
    expect(on('SMS', { type: 'text', text: 'a'.repeat(1600) }).parts).toHaveLength(1);
    expect(on('SMS', { type: 'text', text: '['.repeat(801) }).parts).toHaveLength(2);
  });

  test('half a surrogate pair becomes a replacement character, and the loss tells', () => {
    const fitted = on('Telegram', { type: 'text', text: 'a\ud83d' });
    expect(texts(fitted)).toEqual(['a\ufffd']);
    expect(codes(fitted)).toEqual(['characters_replaced']);
  });
});

describe('formatting', () => {
  const markdown: Content = {
    type: 'text',
    format: 'markdown',
    text: '**Big** & _small_ <tag> [shop](https://shop.example/?a=1&b=2)',
  };

  test('Markdown becomes each channel’s own markup', () => {
    const part = (name: string) => {
      const { content, markup } = on(name, markdown).parts[0]!;
      return [content.type === 'text' ? content.text : '', markup];
    };
    expect(part('Telegram')).toEqual([
      '<b>Big</b> &amp; <i>small</i> &lt;tag&gt; <a href="https://shop.example/?a=1&amp;b=2">shop</a>',
      'telegram-html',
    ]);
    expect(part('WhatsApp')).toEqual(['*Big* & _small_ <tag> shop (https://shop.example/?a=1&b=2)', 'whatsapp']);
    expect(part('SMS')).toEqual(['Big & small <tag> shop (https://shop.example/?a=1&b=2)', undefined]);
    expect(part('Web chat')).toEqual([
      '**Big** & *small* \\<tag> [shop](https://shop.example/?a=1&b=2)',
      'markdown-subset',
    ]);
  });

  test('clean text says so: SMS loses the bold and keeps the address', () => {
    expect(codes(on('SMS', markdown))).toEqual(['links_written_out', 'formatting_dropped']);
    expect(codes(on('Telegram', markdown))).toEqual([]);
  });

  test('plain words carry no markup, whatever characters stand in them', () => {
    const { parts } = on('Telegram', { type: 'text', text: '1 < 2 & *not bold*', actions: replies('Yes') });
    expect(parts).toEqual([{ content: { type: 'text', text: '1 < 2 & *not bold*', actions: replies('Yes') } }]);
  });

  test('WhatsApp has no escape: text that says it is plain gets look-alikes for what would be read as marks', () => {
    const fitted = on('WhatsApp', {
      type: 'text',
      format: 'plain',
      text: '2 * 3 or *bold*, see https://x.example/_a_',
    });
    expect(texts(fitted)).toEqual(['2 * 3 or ∗bold∗, see https://x.example/_a_']);
    expect(codes(fitted)).toEqual(['marks_replaced']);
  });

  test('a mail’s HTML goes out as its author laid it out, and what is written out stands below it', () => {
    const html = '<table><tr><td>Hi</td></tr></table>';
    expect(on('E-mail', { type: 'text', format: 'html', text: html }).parts[0]).toEqual({
      content: { type: 'text', format: 'html', text: html },
      markup: 'html',
    });
    const { parts, choices } = on('E-mail', {
      type: 'text',
      format: 'html',
      text: html,
      actions: replies('Yes', 'No & never'),
    });
    expect(parts[0]!.content).toMatchObject({ text: `${html}<p>1) Yes<br>2) No &amp; never</p>` });
    expect(choices).toHaveLength(2);
  });

  test('each part of a long formatted text is well-formed by itself', () => {
    const { parts } = on('Telegram', { type: 'text', format: 'markdown', text: `**${'word '.repeat(2000).trim()}**` });
    expect(parts.length).toBe(3);
    for (const { content } of parts) expect(content.type === 'text' && content.text).toMatch(/^<b>[^<]+<\/b>$/);
  });
});

describe('buttons', () => {
  test('three answers are three buttons on WhatsApp', () => {
    const content: Content = { type: 'text', text: 'Which?', actions: replies('Red', 'Green', 'Blue') };
    expect(on('WhatsApp', content)).toEqual({ parts: [{ content }], losses: [], choices: [], payloads: {} });
  });

  test('five answers become a list on WhatsApp', () => {
    const fitted = on('WhatsApp', { type: 'text', text: 'Which?', actions: replies(...numbers(5)) });
    expect(fitted.parts).toHaveLength(1);
    expect(fitted.parts[0]!.content).toMatchObject({ type: 'list', text: 'Which?', button: 'Options' });
    expect(fitted.losses.map((loss) => loss.says)).toEqual([
      'WhatsApp shows at most 3 buttons; these 5 became a list.',
    ]);
  });

  test('twelve answers become numbered choices on WhatsApp', () => {
    const fitted = on('WhatsApp', { type: 'text', text: 'Which?', actions: replies(...numbers(12)) });
    expect(texts(fitted)[0]).toMatch(/^Which\?\n\n1\) Answer 1\n2\) Answer 2\n/);
    expect(fitted.choices[11]).toEqual({ number: 12, text: 'Answer 12', payload: 'ANSWER 12' });
    expect(codes(fitted)).toEqual(['buttons_to_numbers']);
  });

  test('on SMS any button is a numbered line', () => {
    const fitted = on('SMS', { type: 'text', text: 'Which?', actions: replies('Red', 'Blue') });
    expect(texts(fitted)).toEqual(['Which?\n\n1) Red\n2) Blue']);
    expect(fitted.losses[0]!.says).toBe('SMS has no buttons; these 2 became numbered choices in the text.');
  });

  test('links, calls and web views are lines where there is no such button', () => {
    const fitted = on('SMS', {
      type: 'text',
      text: 'More:',
      actions: [
        { type: 'link', text: 'Shop', url: 'https://shop.example' },
        { type: 'call', text: 'Call us', phone: '+5511999999999' },
        { type: 'webview', text: 'Book', url: 'https://app.example', fallback: 'https://www.example' },
        { type: 'buy', text: 'Tea', amount: 1250, currency: 'EUR' },
      ],
    });
    expect(texts(fitted)).toEqual([
      'More:\nShop: https://shop.example\nCall us: +5511999999999\nBook: https://www.example\nTea: 12.50 EUR',
    ]);
    expect(codes(fitted)).toEqual(['links_to_text', 'calls_to_text', 'buy_to_text']);
  });

  test('WhatsApp does not mix kinds: answers stay buttons and links go into the text', () => {
    const shop: Action = { type: 'link', text: 'Shop', url: 'https://shop.example' };
    const fitted = on('WhatsApp', { type: 'text', text: 'Hi', actions: [...replies('Yes'), shop] });
    expect(fitted.parts).toEqual([
      { content: { type: 'text', text: 'Hi\nShop: https://shop.example', actions: replies('Yes') } },
    ]);
    expect(on('WhatsApp', { type: 'text', text: 'Hi', actions: [shop] }).losses).toEqual([]);
    expect(texts(on('WhatsApp', { type: 'text', text: 'Hi', actions: [shop, { ...shop, text: 'Blog' }] }))).toEqual([
      'Hi\nShop: https://shop.example\nBlog: https://shop.example',
    ]);
  });

  test('a title too long is shortened on the button and whole in the text', () => {
    const fitted = on('WhatsApp', {
      type: 'text',
      text: 'Which?',
      actions: replies('Yes', 'I would rather think about it'),
    });
    expect(fitted.parts[0]!.content).toEqual({
      type: 'text',
      text: 'Which?\n• I would rather think about it',
      actions: [
        { type: 'reply', text: 'Yes', payload: 'YES' },
        { type: 'reply', text: 'I would rather thin…', payload: 'I WOULD RATHER THINK ABOUT IT' },
      ],
    });
    expect(codes(fitted)).toEqual(['title_shortened']);
  });

  test('titles that would look alike on buttons become rows or numbers', () => {
    const fitted = on('WhatsApp', { type: 'text', text: 'Which?', actions: replies('Yes', 'Yes') });
    expect(fitted.parts[0]!.content.type).toBe('list');
  });

  test('a body too long for buttons goes first, and the buttons stand under its last words', () => {
    const text = `${'Some long story. '.repeat(80).trim()}\n\nShall we go on?`;
    const { parts } = on('WhatsApp', { type: 'text', text, actions: replies('Yes', 'No') });
    expect(parts).toHaveLength(2);
    expect(parts[1]!.content).toEqual({ type: 'text', text: 'Shall we go on?', actions: replies('Yes', 'No') });
    expect('actions' in parts[0]!.content).toBe(false);
  });

  test('a payload too long for the channel stays with us under a key', () => {
    const payload = 'p'.repeat(100);
    const fitted = on('Telegram', { type: 'text', text: 'Hi', actions: [{ type: 'postback', text: 'Go', payload }] });
    const [key] = Object.keys(fitted.payloads);
    expect(key).toMatch(/^~[0-9a-z]{16}$/);
    expect(fitted.payloads[key!]).toBe(payload);
    expect(fitted.parts[0]!.content).toMatchObject({ actions: [{ type: 'postback', text: 'Go', payload: key }] });
    expect(fitted.losses).toEqual([]);
  });

  test('a web view is a link button where links are buttons', () => {
    const fitted = on('WhatsApp', {
      type: 'text',
      text: 'Hi',
      actions: [{ type: 'webview', text: 'Book', url: 'https://a.example' }],
    });
    expect(fitted.parts[0]!.content).toMatchObject({
      actions: [{ type: 'link', text: 'Book', url: 'https://a.example' }],
    });
    expect(codes(fitted)).toEqual(['webview_as_link']);
  });

  test('buttons without words get the words the caller chose', () => {
    const fitted = fit({ type: 'text', text: '', actions: replies('Sim', 'Não') }, CHANNELS.WhatsApp!, {
      words: { choose: 'Escolha:' },
    });
    expect(texts(fitted)).toEqual(['Escolha:']);
  });

  test('a share button that cannot be is the only thing that is dropped', () => {
    const fitted = on('SMS', { type: 'text', text: 'Hi', actions: [{ type: 'share' }] });
    expect(fitted.losses).toEqual([{ code: 'share_dropped', kind: 'dropped', says: 'SMS has no button that shares.' }]);
  });
});

describe('files', () => {
  test('a caption too long follows its picture', () => {
    const fitted = on('WhatsApp', { type: 'image', media: picture, text: 'long '.repeat(300).trim() });
    expect(fitted.parts.map((part) => part.content.type)).toEqual(['image', 'text']);
    expect(fitted.losses[0]!.says).toBe(
      'WhatsApp shows at most 1024 characters beside a file; the words follow the file.',
    );
  });

  test('a picture may stand above buttons', () => {
    const content: Content = { type: 'image', media: picture, text: 'This one?', actions: replies('Yes') };
    expect(on('WhatsApp', content)).toMatchObject({ parts: [{ content }], losses: [] });
    expect(on('Instagram', content).parts.map((part) => part.content.type)).toEqual(['image', 'text']);
  });

  test('a film where there are none is a signed link below its words', () => {
    const media = { url: 'https://files.example/private.mp4', mimeType: 'video/mp4', filename: 'tour.mp4' };
    const fitted = fit({ type: 'video', media, text: 'The tour' }, CHANNELS.SMS!, {
      channelTitle: 'SMS',
      linkFor: () => 'https://t.example/f/1',
    });
    expect(texts(fitted)).toEqual(['The tour\ntour.mp4: https://t.example/f/1']);
    expect(fitted.losses[0]!.says).toBe('SMS carries no videos; a link stands in the text.');
  });

  test('a picture of a type the channel does not show goes as a document, one too large as a link', () => {
    const gif = { url: 'https://files.example/a.gif', mimeType: 'image/gif' };
    expect(on('Telegram', { type: 'image', media: gif }).parts[0]!.content).toEqual({ type: 'document', media: gif });
    expect(texts(on('WhatsApp', { type: 'image', media: { ...picture, size: 200_000_000 } }))).toEqual([picture.url]);
  });

  test('a file nobody can reach is reported as dropped', () => {
    const fitted = on('SMS', { type: 'audio', media: { mediaId: 'media_1', filename: 'song.mp3' }, text: 'Listen' });
    expect(texts(fitted)).toEqual(['Listen\nsong.mp3']);
    expect(fitted.losses[0]!.kind).toBe('dropped');
  });

  test('files beside a text travel with it in MMS and mail, else one by one', () => {
    const content: Content = {
      type: 'text',
      text: 'Two',
      attachments: [
        { type: 'image', media: picture },
        { type: 'image', media: picture },
      ],
    };
    expect(on('SMS', content).parts).toEqual([{ content }]);
    expect(on('WhatsApp', content).parts.map((part) => part.content.type)).toEqual(['text', 'image', 'image']);
  });
});

describe('cards, carousels, lists', () => {
  const carousel: Content = {
    type: 'carousel',
    text: 'Our teas',
    cards: [
      {
        title: 'Green',
        text: 'Light',
        media: picture,
        actions: [
          { type: 'postback', text: 'Buy', payload: 'GREEN' },
          { type: 'link', text: 'More info', url: 'https://x.example/g' },
        ],
      },
      { title: 'Black', media: picture, actions: [{ type: 'postback', text: 'Buy', payload: 'BLACK' }] },
    ],
  };

  test('on SMS a carousel is a series of messages with choices numbered through it', () => {
    const fitted = on('SMS', carousel);
    expect(texts(fitted)).toEqual([
      'Our teas',
      'Green\nLight\n\nMore info: https://x.example/g\n\n1) Buy',
      'Black\n\n2) Buy',
    ]);
    expect(fitted.parts[1]!.content).toMatchObject({ type: 'image' });
    expect(fitted.choices).toEqual([
      { number: 1, text: 'Buy', payload: 'GREEN' },
      { number: 2, text: 'Buy', payload: 'BLACK' },
    ]);
  });

  test('on Telegram its cards are pictures with bold titles and buttons', () => {
    const { parts } = on('Telegram', carousel);
    expect(parts.slice(1).map((part) => part.content.type)).toEqual(['image', 'image']);
    expect(parts[1]).toMatchObject({
      content: { text: '<b>Green</b>\nLight', actions: [{ type: 'postback' }, { type: 'link' }] },
      markup: 'telegram-html',
    });
  });

  test('it stays a carousel where the channel has them, in rows of as many cards as fit', () => {
    expect(on('Web chat', { ...carousel, text: undefined }).losses).toEqual([]);
    const many: Content = { type: 'carousel', cards: Array.from({ length: 23 }, (_, i) => ({ title: `Card ${i}` })) };
    expect(
      on('Web chat', many).parts.map((part) => part.content.type === 'carousel' && part.content.cards.length),
    ).toEqual([8, 8, 7]);
  });

  test('never leaves one card alone where a carousel needs two', () => {
    const cards = Array.from({ length: 11 }, (_, n) => ({
      title: `Shoe ${n}`,
      media: { url: `https://shop.example/${n}.jpg`, mimeType: 'image/jpeg' },
      actions: [{ type: 'postback' as const, text: 'Buy', payload: `buy ${n}` }],
    }));
    const { parts } = on('WhatsApp', { type: 'carousel', cards });
    expect(parts.map((part) => part.content.type === 'carousel' && part.content.cards.length)).toEqual([6, 5]);
  });

  test('WhatsApp’s carousel wants the same buttons on every card', () => {
    expect(on('WhatsApp', carousel).parts.map((part) => part.content.type)).toEqual(['text', 'image', 'image']);
    const [first, second] = carousel.cards;
    const even: Content = { ...carousel, cards: [{ ...first!, actions: first!.actions!.slice(0, 1) }, second!] };
    const { parts, losses } = on('WhatsApp', even);
    expect(parts.map((part) => part.content.type)).toEqual(['carousel']);
    expect(losses).toEqual([]);
  });

  const menu: Content = {
    type: 'list',
    header: 'Menu',
    text: 'What would you like?',
    footer: 'Open till six',
    button: 'See all',
    sections: [
      { title: 'Hot', rows: [{ title: 'Tea', description: 'green or black', payload: 'tea' }] },
      { title: 'Cold', rows: [{ title: 'Water', payload: 'water' }] },
    ],
  };

  test('a list is a list on WhatsApp, buttons on Telegram, numbers on SMS', () => {
    expect(on('WhatsApp', menu)).toMatchObject({ parts: [{ content: menu }], losses: [] });
    const telegram = on('Telegram', menu);
    expect(telegram.parts[0]).toMatchObject({
      content: {
        text: '<b>Menu</b>\n\nWhat would you like?\n\nHot\n• Tea – green or black\nCold\n\nOpen till six',
        actions: [
          { text: 'Tea', payload: 'tea' },
          { text: 'Water', payload: 'water' },
        ],
      },
    });
    expect(texts(on('SMS', menu))).toEqual([
      'Menu\n\nWhat would you like?\n\nHot\n1) Tea – green or black\nCold\n2) Water\n\nOpen till six',
    ]);
  });

  test('a row’s title too long is whole in its description', () => {
    const title = 'A very long cup of tea with milk';
    const { parts } = on('WhatsApp', { type: 'list', text: 'Pick', sections: [{ rows: [{ title, payload: 'x' }] }] });
    expect(parts[0]!.content).toMatchObject({
      sections: [{ rows: [{ title: 'A very long cup of tea…', description: title }] }],
    });
  });
});

describe('everything else', () => {
  test('a place is a name, an address and a map link where there are no maps', () => {
    const location = { latitude: 52.5, longitude: 13.4, name: 'Office', address: 'Main St 1' };
    expect(texts(on('SMS', { type: 'location', location }))).toEqual([
      'Office\nMain St 1\nhttps://www.google.com/maps?q=52.5,13.4',
    ]);
    expect(on('Telegram', { type: 'location', location }).losses).toEqual([]);
  });

  test('a contact is written down, also what only its vCard tells', () => {
    const contacts = [{ name: 'Ana', vcard: 'BEGIN:VCARD\r\nFN:Ana\r\nTEL;TYPE=CELL:+5511\r\nEND:VCARD' }];
    expect(texts(on('SMS', { type: 'contact', contacts }))).toEqual(['Ana\n+5511']);
    expect(on('WhatsApp', { type: 'contact', contacts: Array(7).fill(contacts[0]) }).parts).toHaveLength(2);
  });

  test('a template is its words where there are no templates, its variables when it has no words', () => {
    const template = {
      name: 'ready',
      language: 'en',
      components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ana' }] }],
    };
    expect(texts(on('SMS', { type: 'template', template, text: 'Ana, it is ready' }))).toEqual(['Ana, it is ready']);
    expect(texts(on('SMS', { type: 'template', template }))).toEqual(['Ana']);
    expect(on('WhatsApp', { type: 'template', template }).losses).toEqual([]);
  });

  test('a mail elsewhere is its subject and its words', () => {
    const mail: Content = { type: 'email', subject: 'Your order', html: '<p>Hello <b>Ana</b></p>' };
    expect(texts(on('SMS', mail))).toEqual(['Your order\n\nHello Ana']);
    expect(on('E-mail', mail).parts).toEqual([{ content: mail }]);
  });

  test('a sticker is its emoji and a link; a reaction is dropped where there are none, and told', () => {
    expect(
      texts(
        on('SMS', { type: 'sticker', emoji: '👍', media: { url: 'https://f.example/s.webp', mimeType: 'image/webp' } }),
      ),
    ).toEqual(['👍\nhttps://f.example/s.webp']);
    expect(on('SMS', { type: 'reaction', emoji: '👍' })).toMatchObject({
      parts: [],
      losses: [{ code: 'reaction_dropped', kind: 'dropped' }],
    });
  });

  test('an event or something unsupported says its words, if it has any', () => {
    expect(texts(on('SMS', { type: 'event', event: 'call', text: 'Missed call' }))).toEqual(['Missed call']);
    expect(on('SMS', { type: 'unsupported', reason: 'poll' }).parts).toEqual([]);
  });
});

test('where answers are numbered as well, buttons stay and every number is a choice', () => {
  const can = CHANNELS.WhatsApp!;
  const numbering = { ...can, buttons: { ...can.buttons, numbered: true as const } };
  const fitted = fit({ type: 'text', text: 'Which?', actions: replies('Red', 'Blue') }, numbering);
  expect(fitted.parts).toEqual(fit({ type: 'text', text: 'Which?', actions: replies('Red', 'Blue') }, can).parts);
  expect(fitted.choices).toEqual([
    { number: 1, text: 'Red', payload: 'RED' },
    { number: 2, text: 'Blue', payload: 'BLUE' },
  ]);
});

describe('where words are heard', () => {
  const { SMS } = CHANNELS;
  const heard = (content: Content) => fit(content, { ...SMS!, heard: true as const }, { channelTitle: 'Voice' });

  test('what can only be seen is told of, and lost', () => {
    const fitted = heard({
      type: 'document',
      media: { url: 'https://f.example/1', filename: 'paper.pdf' },
      text: 'Your invoice',
    });
    expect(texts(fitted)).toEqual(['Your invoice\nThere is something to see that cannot be heard: paper.pdf.']);
    expect(fitted.losses).toMatchObject([{ code: 'media_unseen', kind: 'dropped' }]);
  });

  test('a place is read without a map, a link is a loss, and a number to call is a choice that puts through', () => {
    const location = { latitude: 1, longitude: 2, name: 'Here', address: '1 Plaza' };
    expect(texts(heard({ type: 'location', location }))).toEqual(['Here\n1 Plaza']);
    const actions: Action[] = [
      { type: 'reply', text: 'Sales' },
      { type: 'call', text: 'A person', phone: '+55 11 3000-0000' },
      { type: 'link', text: 'Shop', url: 'https://shop.example/' },
    ];
    const fitted = heard({ type: 'text', text: 'Well?', actions });
    expect(texts(fitted)).toEqual(['Well?\nShop: https://shop.example/\n\n1) Sales\n2) A person']);
    expect(fitted.choices).toMatchObject([{ text: 'Sales' }, { text: 'A person', payload: 'tel:+551130000000' }]);
    expect(codes(fitted)).toEqual(['buttons_to_numbers', 'calls_to_choices', 'links_heard']);
  });
});
