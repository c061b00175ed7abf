import type { Content } from '@tributary/protocol';
import { waitFor } from './channels.ts';
import type { Stage } from './inside.ts';

/** One content of each kind, and words of it that somebody has to be able to read on any channel. */
export interface Kind {
  content: Content;
  words: string[];
}

/** Everything the platform can be asked to say. Files are links to `host`, which stands on this machine. */
export function everyKind(host: string): Record<string, Kind> {
  const picture = { url: `${host}/picture.png`, mimeType: 'image/png', filename: 'picture.png' };
  return {
    text: { content: { type: 'text', text: 'Plain words & <signs>' }, words: ['Plain words & <signs>'] },
    markdown: { content: { type: 'text', format: 'markdown', text: '**Bold** words' }, words: ['Bold', 'words'] },
    'long text': { content: { type: 'text', text: `${'Sentence. '.repeat(900)}End.` }, words: ['End.'] },
    buttons: {
      content: {
        type: 'text',
        text: 'Choose one',
        actions: [
          { type: 'reply', text: 'Red', payload: 'c:red' },
          { type: 'postback', text: 'Blue', payload: 'c:blue' },
          { type: 'link', text: 'Shop', url: 'https://shop.example.com/' },
        ],
      },
      words: ['Choose one', 'Red', 'Blue', 'Shop'],
    },
    'thirty buttons': {
      content: {
        type: 'text',
        text: 'Which size?',
        actions: Array.from({ length: 30 }, (_, i) => ({ type: 'reply' as const, text: `Size ${i + 1}` })),
      },
      words: ['Which size?', 'Size 1', 'Size 30'],
    },
    image: { content: { type: 'image', media: picture, text: 'Our shop' }, words: ['Our shop'] },
    video: {
      content: { type: 'video', media: { url: `${host}/film.mp4`, mimeType: 'video/mp4' }, text: 'How it works' },
      words: ['How it works'],
    },
    audio: { content: { type: 'audio', media: { url: `${host}/sound.mp3`, mimeType: 'audio/mpeg' } }, words: [] },
    document: {
      content: {
        type: 'document',
        media: { url: `${host}/paper.pdf`, mimeType: 'application/pdf', filename: 'paper.pdf' },
        text: 'Your invoice',
      },
      words: ['Your invoice', 'paper.pdf'],
    },
    sticker: { content: { type: 'sticker', media: { ...picture, filename: undefined }, emoji: '👋' }, words: [] },
    album: {
      content: { type: 'image', media: picture, text: 'Both', attachments: [{ type: 'image', media: picture }] },
      words: ['Both'],
    },
    location: {
      content: {
        type: 'location',
        location: { latitude: 40.758, longitude: -73.9855, name: 'Acme Store', address: '1 Demo Plaza' },
      },
      words: ['Acme Store', '1 Demo Plaza'],
    },
    contact: {
      content: { type: 'contact', contacts: [{ name: 'Acme Sales', phones: ['+12025550142'] }] },
      words: ['Acme Sales', '12025550142'],
    },
    card: {
      content: {
        type: 'card',
        title: 'Blue shoe',
        text: 'Light as air',
        media: picture,
        actions: [{ type: 'postback', text: 'Buy it', payload: 'buy:1' }],
      },
      words: ['Blue shoe', 'Light as air', 'Buy it'],
    },
    carousel: {
      content: {
        type: 'carousel',
        text: 'Our shoes',
        cards: ['Blue', 'Red', 'Green'].map((colour) => ({
          title: `${colour} shoe`,
          text: `It is ${colour}`,
          media: picture,
          actions: [{ type: 'postback' as const, text: `Buy ${colour}`, payload: `buy:${colour}` }],
        })),
      },
      words: ['Our shoes', 'Blue shoe', 'It is Red', 'Buy Green'],
    },
    list: {
      content: {
        type: 'list',
        text: 'Which dish?',
        button: 'Menu',
        sections: [
          { title: 'Hot', rows: [{ title: 'Soup', description: 'Of the day', payload: 'd:soup' }] },
          { title: 'Cold', rows: [{ title: 'Salad', payload: 'd:salad' }] },
        ],
      },
      words: ['Which dish?', 'Soup', 'Of the day', 'Salad'],
    },
    template: {
      content: {
        type: 'template',
        template: { name: 'order_shipped', language: 'en' },
        text: 'Your order has shipped.',
      },
      words: ['Your order has shipped.'],
    },
    reaction: { content: { type: 'reaction', emoji: '👍' }, words: [] },
    mail: {
      content: { type: 'email', subject: 'About your order', text: 'It is here.' },
      words: ['About', 'It is here.'],
    },
  };
}

/** How a message ended: where it stands, and why not where it failed. A refusal by the API ends it, too. */
export interface Ending {
  status: string;
  reason?: string;
}

/** Sends one content and waits until it has ended. */
export async function sendAndSettle(stage: Stage, where: object, content: Content, ms = 15_000): Promise<Ending> {
  let id: string;
  try {
    ({ id } = await stage.api<{ id: string }>('/messages', 'POST', { ...where, content }));
  } catch (error) {
    return { status: 'rejected', reason: (error as Error).message };
  }
  let last: { status: string; failedReason?: string } = { status: 'pending' };
  const ended = async (): Promise<boolean> => {
    last = await stage.api(`/messages/${id}`);
    return last.status !== 'pending';
  };
  await waitFor(ended, `${content.type} never ended.`, ms);
  return { status: last.status, reason: last.failedReason };
}
