import type { ChannelType } from '@tributary/protocol';
import type { Provider } from '../sim.ts';

/** How an app of this kind is drawn, beyond its colours, which are phone.module.css's. */
export interface Skin {
  provider: Provider;
  name: string;
  tail: 'below' | 'above';
  /** Where a message's buttons are. */
  buttons: 'below' | 'inside';
  header: 'centred' | 'left';
  placeholder: string;
  /** Can this be done from the app? */
  edits: boolean;
}

const SKINS: Partial<Record<ChannelType, Skin>> = {
  telegram: {
    provider: 'telegram',
    name: 'Telegram',
    tail: 'below',
    buttons: 'below',
    header: 'centred',
    placeholder: 'Message',
    edits: true,
  },
  whatsapp: {
    provider: 'whatsapp',
    name: 'WhatsApp',
    tail: 'above',
    buttons: 'inside',
    header: 'left',
    placeholder: 'Message',
    edits: true,
  },
};

/** The phone that stands for a channel type, where there is one. */
export const skinOf = (type: ChannelType): Skin | undefined => SKINS[type];
