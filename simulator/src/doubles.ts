import type { Provider } from './control.ts';
import type { MakeDouble } from './double.ts';
import { line } from './line/double.ts';
import { email } from './mail/double.ts';
import { whatsapp } from './meta/double.ts';
import { facebook, instagram } from './meta/pages/double.ts';
import { rcs } from './rcs/double.ts';
import { telegram } from './telegram/double.ts';
import { sms } from './twilio/sms.ts';
import { voice } from './twilio/voice.ts';
import { viber } from './viber/double.ts';

/** Every provider the Lab plays, one line each. */
export const DOUBLES: Readonly<Partial<Record<Provider, MakeDouble>>> = {
  sms,
  voice,
  email,
  telegram,
  whatsapp,
  facebook,
  instagram,
  rcs,
  viber,
  line,
};
