import type { PhoneMessage } from '../sim.ts';
import css from './bubble.module.css';
import { Clock, Refused, Tick, Ticks } from './glyphs.tsx';
import { timeOf } from './time.ts';

const STATUS: Record<NonNullable<PhoneMessage['status']>, { sign: typeof Tick; says: string }> = {
  sending: { sign: Clock, says: 'on its way' },
  accepted: { sign: Tick, says: 'taken by Tributary' },
  refused: { sign: Refused, says: 'refused by Tributary' },
  sent: { sign: Tick, says: 'sent' },
  delivered: { sign: Ticks, says: 'delivered' },
  read: { sign: Ticks, says: 'read' },
};

/** Time and ticks; pressing them asks what happened, which is how the keyboard picks a message. */
export function Meta({ message, onPick }: { message: PhoneMessage; onPick: () => void }) {
  const status = message.from === 'customer' && message.status ? STATUS[message.status] : undefined;
  const Sign = status?.sign;
  const time = timeOf(message.at);
  const words = [message.edited && 'edited', message.segments && segmentsInWords(message.segments)].filter(Boolean);
  return (
    <button
      type="button"
      className={css.meta}
      data-status={message.status}
      onClick={onPick}
      aria-label={`${[...words, time].join(' ')}${status ? `, ${status.says}` : ''}. Show what happened`}
    >
      {words.length > 0 && <span>{words.join(' ')} </span>}
      <time dateTime={message.at}>{time}</time>
      {Sign && <Sign />}
    </button>
  );
}

/** How an SMS went through the air: `GSM-7`, or `3 × UCS-2`. */
const segmentsInWords = ({ encoding, count }: NonNullable<PhoneMessage['segments']>): string =>
  count === 1 ? `${encoding} ·` : `${count} × ${encoding} ·`;
