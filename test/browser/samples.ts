import type { Act, Phone, PhoneMessage, Provider } from '../../simulator/src/control.ts';

type Button = NonNullable<PhoneMessage['buttons']>[number][number];
type Sample = Phone & { deeds: Act['do'][] };

const PICTURE = '/lab/files/1';
let minute = 0;
let number = 0;

/** A message of today, a minute after the last. */
function message(from: PhoneMessage['from'], more: Partial<PhoneMessage>): PhoneMessage {
  const at = new Date(new Date().setHours(9, minute++, 0, 0)).toISOString();
  return { id: `m${++number}`, from, at, kind: 'text', status: from === 'customer' ? 'accepted' : 'read', ...more };
}
const shop = (more: Partial<PhoneMessage>) => message('business', more);
const ana = (more: Partial<PhoneMessage>) => message('customer', more);
const button = (text: string, kind: Button['kind'], more: Partial<Button> = {}): Button => ({
  id: text.toLowerCase(),
  text,
  kind,
  ...(kind === 'link' ? { url: 'https://coffee.example' } : {}),
  ...more,
});

const ROASTS: NonNullable<PhoneMessage['cards']> = ['Guji', 'Sidama', 'Kochere'].map((name) => ({
  mediaUrl: PICTURE,
  title: name,
  text: 'Washed, floral, 250 g for 14 €.',
  buttons: [[button(`Buy ${name}`, 'postback')], [button(`About ${name}`, 'link')]],
}));

const CHAT: Act['do'][] = [
  'text',
  'tap',
  'image',
  'video',
  'audio',
  'document',
  'location',
  'read',
  'block',
  'unblock',
];

function phone(provider: Provider, deeds: Act['do'][], messages: PhoneMessage[], more: Partial<Phone> = {}): Sample {
  return {
    provider,
    account: `${provider}-1`,
    title: 'Tributary Coffee',
    person: 'ana',
    messages,
    typing: false,
    blocked: false,
    deeds,
    ...more,
  };
}

/** Pictures, files and places, as every chat app has them. */
const things = (): PhoneMessage[] => [
  ana({ kind: 'image', mediaUrl: PICTURE, text: 'My cup this morning' }),
  shop({ kind: 'document', filename: 'Menu.pdf', mediaUrl: PICTURE }),
  shop({
    kind: 'location',
    location: { latitude: 52.52, longitude: 13.4, name: 'The roastery', address: 'Alte Str. 3' },
  }),
];

const quick = ['Red', 'Blue', 'A little of everything'].map((text) => button(text, 'reply', { style: 'quick' }));

/** Ana's phone at each provider, with what that provider's app has to draw. */
export const SAMPLES: readonly Sample[] = [
  phone(
    'telegram',
    [...CHAT, 'contact', 'sticker', 'edit', 'react'],
    [
      ana({ text: 'menu' }),
      shop({
        text: 'What would you like?',
        entities: [{ type: 'bold', offset: 0, length: 4 }],
        buttons: [[button('Beans', 'postback'), button('Shop', 'link')]],
      }),
      ...things(),
      ana({ text: 'Thank you', edited: true, reactions: ['👍'] }),
    ],
  ),
  phone(
    'whatsapp',
    [...CHAT, 'choose', 'contact', 'sticker', 'react', 'echo', 'elapse'],
    [
      ana({ text: 'menu', status: 'read' }),
      shop({
        text: 'Which one?',
        footer: 'Free delivery',
        buttons: [[button('Guji', 'reply')], [button('Sidama', 'reply')]],
      }),
      ...things(),
      shop({ text: 'Our roasts', cards: ROASTS }),
      shop({ text: 'Choose a colour', list: { button: 'Options', sections: [{ rows: [{ id: 'r', title: 'Red' }] }] } }),
    ],
  ),
  phone(
    'sms',
    ['text', 'image', 'block', 'unblock'],
    [
      ana({ text: 'menu', segments: { encoding: 'GSM-7', count: 1 } }),
      ana({
        kind: 'image',
        mediaUrl: PICTURE,
        attachments: [{ url: PICTURE, filename: 'second.png', mimeType: 'image/png' }],
      }),
      shop({
        text: 'Which colour would you like — or all of them?\n1) Red\n2) Blue\n3) A little of everything\nReply with the number.',
        segments: { encoding: 'UCS-2', count: 2 },
      }),
    ],
  ),
  phone(
    'voice',
    ['dial', 'answer', 'hangup', 'press', 'speak', 'record', 'block', 'unblock'],
    [
      ana({
        kind: 'call',
        call: {
          state: 'in_call',
          says: [],
          lines: [
            { from: 'business', text: 'Welcome to Tributary Coffee.' },
            { from: 'customer', text: 'I would like to order.' },
            { from: 'business', text: 'For red press 1, for blue press 2. Or say it.' },
          ],
          menu: [
            { digit: '1', text: 'Red' },
            { digit: '2', text: 'Blue' },
          ],
          gather: ['digits', 'speech', 'record'],
        },
      }),
    ],
  ),
  phone(
    'email',
    ['mail', 'block', 'unblock'],
    [
      ana({
        kind: 'mail',
        subject: 'Beans for a party',
        text: 'Hello,\nhow much for twenty people?\n\nAna',
        thread: 'a',
      }),
      shop({
        kind: 'mail',
        subject: 'Re: Beans for a party',
        html: '<h2>Twenty cups</h2><p>Take <b>500 g</b> of Guji. <a href="https://coffee.example">Order it here</a>.</p><table border="1" cellpadding="6"><tr><td>Guji</td><td>26 €</td></tr></table>',
        text: 'Twenty cups. Take 500 g of Guji.',
        thread: 'a',
        status: 'delivered',
        attachments: [
          { url: PICTURE, filename: 'guji.png', mimeType: 'image/png' },
          { url: PICTURE, filename: 'prices.pdf', mimeType: 'application/pdf' },
        ],
      }),
      ana({ kind: 'mail', subject: 'Out of office', text: 'I am away until Monday.', thread: 'b' }),
    ],
  ),
  phone(
    'facebook',
    [...CHAT, 'react', 'typing', 'start'],
    [
      ana({ text: 'menu', status: 'read' }),
      shop({ text: 'Our roasts:', cards: ROASTS }),
      ...things(),
      shop({ text: 'Shall I call you?', buttons: [[button('Yes, call', 'call')], [button('The shop', 'link')]] }),
      ana({ text: 'Later' }),
      shop({ text: 'Which colour?', buttons: [quick] }),
    ],
    { menu: [[button('Talk to a person', 'postback')], [button('Shop', 'link')]] },
  ),
  phone(
    'instagram',
    [...CHAT, 'react', 'unsend', 'story_mention', 'story_reply', 'share', 'sticker'],
    [
      ana({ kind: 'image', mediaUrl: PICTURE, header: 'Mentioned you in a story' }),
      shop({ text: 'That looks lovely, thank you!', reactions: ['❤️'] }),
      ana({ text: 'Unsent words', deleted: true }),
      shop({ cards: ROASTS }),
      shop({ text: 'Which colour?', buttons: [quick] }),
    ],
  ),
  phone(
    'rcs',
    [...CHAT],
    [
      ana({ text: 'menu', status: 'read' }),
      ...things(),
      shop({ cards: ROASTS }),
      shop({
        text: 'Anything else?',
        buttons: [
          [...quick, button('Call us', 'call', { style: 'quick' }), button('Shop', 'link', { style: 'quick' })],
        ],
      }),
    ],
  ),
  phone(
    'viber',
    [...CHAT, 'contact', 'sticker', 'follow', 'unfollow', 'start'],
    [
      ana({ text: 'menu', status: 'read' }),
      ...things(),
      shop({ cards: ROASTS }),
      shop({ text: 'Which colour would you like?' }),
    ],
    {
      keyboard: {
        messageId: 'm1',
        buttons: [
          [button('Red', 'reply', { colour: '#e5484d' }), button('Blue', 'reply', { colour: '#2d3a8c' })],
          [button('A little of everything', 'reply')],
        ],
      },
    },
  ),
  phone(
    'line',
    [...CHAT, 'sticker', 'follow', 'unfollow'],
    [
      ana({ text: 'menu', status: 'read' }),
      shop({
        text: 'What would you like?',
        header: 'Tributary Coffee',
        buttons: [[button('Beans', 'postback')], [button('Shop', 'link')]],
      }),
      ...things(),
      shop({ cards: ROASTS }),
      shop({ text: 'Which colour?', buttons: [quick] }),
    ],
    { menu: [[button('Shop', 'link'), button('Talk to us', 'postback')]] },
  ),
];
