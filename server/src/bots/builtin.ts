import type { Content } from '@tributary/protocol';

/** What a built-in bot reads of a message. */
export interface Heard {
  content: Content;
  metadata: Record<string, unknown>;
}

/** The answers of the bots that ship with Tributary: pure, so that the router can write them in the transaction that routes the message. */
export function answerOf(kind: 'echo' | 'menu', heard: Heard): Content[] {
  return kind === 'echo' ? echo(heard) : menu(heard);
}

/** Says what was said. Asked for the menu it shows that too, so that one bot is enough to try a channel. */
function echo(heard: Heard): Content[] {
  const { content } = heard;
  switch (content.type) {
    case 'text':
    case 'email':
      if (!content.text) return [];
      return /^\/?(menu|start)\b/i.test(content.text) ? menu(heard) : [{ type: 'text', text: content.text }];
    case 'event':
      // Whoever calls is waiting to be spoken to.
      return content.event === 'postback' || content.event === 'call' ? menu(heard) : [];
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
    case 'sticker':
      return [{ type: 'text', text: `Thank you for the ${content.type}.` }];
    case 'location':
      return [{ type: 'text', text: `You are at ${content.location.latitude}, ${content.location.longitude}.` }];
    case 'contact':
      return [{ type: 'text', text: `Thank you for the contact of ${content.contacts[0]?.name ?? 'somebody'}.` }];
    case 'reaction':
      return [];
    default:
      return [{ type: 'text', text: 'I got your message, and cannot repeat this kind yet.' }];
  }
}

const COLOURS = ['Red', 'Blue', 'Green', 'Yellow', 'White'];
const SIZES: [string, string][] = [
  ['Small', 'Fits in a pocket'],
  ['Medium', 'The usual choice'],
  ['Large', 'For two'],
];

/** A little shop: buttons, then a list, then an answer. */
function menu({ content, metadata }: Heard): Content[] {
  const payload = content.type === 'event' ? (content.payload ?? '') : '';
  const [topic, value] = payload.split(':');
  if (topic === 'colour') {
    return [
      {
        type: 'list',
        text: `${value} it is. Which size?`,
        button: 'Sizes',
        sections: [
          {
            title: 'Sizes',
            rows: SIZES.map(([title, description]) => ({
              title,
              description,
              payload: `size:${value}, ${title.toLowerCase()}`,
            })),
          },
        ],
      },
    ];
  }
  if (topic === 'size')
    return [
      {
        type: 'text',
        text: `Noted: ${value}. Thank you!`,
        actions: [{ type: 'postback', text: 'Order again', payload: 'menu:again' }],
      },
    ];
  const name = typeof metadata.profileName === 'string' ? `, ${metadata.profileName.split(' ')[0]}` : '';
  return [
    {
      type: 'text',
      text: `Hello${name}! Which colour would you like?`,
      actions: COLOURS.map((colour) => ({ type: 'postback', text: colour, payload: `colour:${colour}` })),
    },
  ];
}
