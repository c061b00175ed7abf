import type { ChannelType } from '@tributary/protocol';
import type { ChannelAdapter } from './adapter.ts';
import { email } from './email/index.ts';
import { facebook } from './facebook/index.ts';
import { instagram } from './instagram/index.ts';
import { line } from './line/index.ts';
import { rcs } from './rcs/index.ts';
import { sms } from './sms/index.ts';
import { telegram } from './telegram/index.ts';
import { viber } from './viber/index.ts';
import { voice } from './voice/index.ts';
import { webchat } from './webchat/index.ts';
import { whatsapp } from './whatsapp/index.ts';

export * from './adapter.ts';

/** Every channel type we speak. Adding one is one folder and one line here. */
// biome-ignore lint/suspicious/noExplicitAny: each adapter has its own Config; the server only ever pairs an adapter with the config it validated for it.
export const ADAPTERS: Partial<Record<ChannelType, ChannelAdapter<any>>> = {
  rcs,
  sms,
  line,
  facebook,
  instagram,
  email,
  telegram,
  viber,
  voice,
  webchat,
  whatsapp,
};
