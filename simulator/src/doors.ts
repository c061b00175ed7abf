import type { Door } from './double.ts';
import { answerLab } from './lab/door.ts';
import { answerLine } from './line/door.ts';
import { answerMailgun } from './mail/mailgun.ts';
import { answerMeta } from './meta/door.ts';
import { answerRcs } from './rcs/door.ts';
import { answerTelegram } from './telegram/door.ts';
import { answerTwilio } from './twilio/door.ts';
import { answerViber } from './viber/door.ts';

/** Who answers what, by the first part of the path. */
export const DOORS: Readonly<Record<string, Door>> = {
  lab: answerLab,
  line: answerLine,
  mailgun: answerMailgun,
  meta: answerMeta,
  rcs: answerRcs,
  telegram: answerTelegram,
  twilio: answerTwilio,
  viber: answerViber,
};
