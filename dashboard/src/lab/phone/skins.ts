import type { ChannelType } from '@tributary/protocol';
import type { Provider } from '../sim.ts';

/** How an app of this kind is drawn, beyond its colours, which are skins.module.css's. */
export interface Skin {
  provider: Provider;
  name: string;
  /** A chat, a mail client, a telephone. */
  form: 'chat' | 'mail' | 'call';
  tail: 'below' | 'above' | 'none';
  /** Where a message's buttons are. */
  buttons: 'below' | 'inside';
  /** Where the time is: in the bubble's corner, beside the bubble, or under the last bubble of several. */
  time: 'inside' | 'beside' | 'under';
  header: 'centred' | 'left';
  /** What stands under the business's name. */
  sub: string;
  /** Answers without a payload that come with a message are pills over the input line. */
  pills: boolean;
  /** Choices come as numbered lines, and are answered by their number. */
  numbered?: boolean;
  /** The clip stands before the input line, or in it. */
  clip: 'before' | 'within';
  /** With nothing to send, the send button is a heart. */
  heart?: boolean;
  placeholder: string;
}

const CHAT = { form: 'chat', tail: 'none', buttons: 'inside', time: 'under', header: 'left', clip: 'before' } as const;

const SKINS: Partial<Record<ChannelType, Skin>> = {
  telegram: {
    ...CHAT,
    provider: 'telegram',
    name: 'Telegram',
    tail: 'below',
    buttons: 'below',
    time: 'inside',
    header: 'centred',
    sub: 'bot',
    pills: false,
    placeholder: 'Message',
  },
  whatsapp: {
    ...CHAT,
    provider: 'whatsapp',
    name: 'WhatsApp',
    tail: 'above',
    time: 'inside',
    sub: 'Business account',
    pills: false,
    clip: 'within',
    placeholder: 'Message',
  },
  sms: {
    ...CHAT,
    provider: 'sms',
    name: 'SMS',
    tail: 'below',
    header: 'centred',
    sub: 'Text message',
    pills: false,
    numbered: true,
    placeholder: 'Text message',
  },
  voice: {
    ...CHAT,
    provider: 'voice',
    name: 'Voice',
    form: 'call',
    sub: 'Phone',
    pills: false,
    placeholder: 'Say something',
  },
  email: {
    ...CHAT,
    provider: 'email',
    name: 'E-mail',
    form: 'mail',
    sub: 'Inbox',
    pills: false,
    placeholder: 'Write a mail',
  },
  facebook: {
    ...CHAT,
    provider: 'facebook',
    name: 'Messenger',
    sub: 'Typically replies instantly',
    pills: true,
    placeholder: 'Aa',
  },
  instagram: {
    ...CHAT,
    provider: 'instagram',
    name: 'Instagram',
    sub: 'Business chat',
    pills: true,
    clip: 'within',
    heart: true,
    placeholder: 'Message…',
  },
  rcs: {
    ...CHAT,
    provider: 'rcs',
    name: 'RCS',
    sub: 'Verified business',
    pills: true,
    clip: 'within',
    placeholder: 'RCS message',
  },
  viber: {
    ...CHAT,
    provider: 'viber',
    name: 'Viber',
    time: 'inside',
    sub: 'Bot',
    pills: false,
    placeholder: 'Message…',
  },
  line: {
    ...CHAT,
    provider: 'line',
    name: 'LINE',
    tail: 'above',
    time: 'beside',
    sub: 'Official account',
    pills: true,
    placeholder: 'Aa',
  },
};

/** The phone that stands for a channel type, where there is one. */
export const skinOf = (type: ChannelType): Skin | undefined => SKINS[type];
