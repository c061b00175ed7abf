import { type FormEvent, type ReactNode, useState } from 'react';
import { SendUp } from '../phone/glyphs.tsx';
import type { PhoneHand } from '../phone/use_hand.ts';
import type { PhoneMessage } from '../sim.ts';
import css from './call.module.css';

const KEYS = [
  ['1', ''],
  ['2', 'ABC'],
  ['3', 'DEF'],
  ['4', 'GHI'],
  ['5', 'JKL'],
  ['6', 'MNO'],
  ['7', 'PQRS'],
  ['8', 'TUV'],
  ['9', 'WXYZ'],
  ['*', ''],
  ['0', '+'],
  ['#', ''],
] as const;
/** As long as somebody speaks who leaves a message. */
const RECORDING_SECONDS = 6;

/** What a person does in a call: press keys, speak a sentence, leave a recording, hang up. */
export function Controls({ call, hand, hangUp }: { call: PhoneMessage['call']; hand: PhoneHand; hangUp: ReactNode }) {
  const [keypad, setKeypad] = useState(true);
  const [text, setText] = useState('');
  const speak = async (event: FormEvent) => {
    event.preventDefault();
    const words = text.trim();
    if (!words) return;
    setText('');
    if (!(await hand.act({ do: 'speak', text: words }))) setText((now) => now || words);
  };
  const press = (digits: string) => void hand.act({ do: 'press', digits });
  return (
    <div className={css.controls}>
      {call?.menu && call.menu.length > 0 && (
        <fieldset className={css.menu} aria-label="The menu of the moment">
          {call.menu.map(({ digit, text: words }) => (
            <button key={digit} type="button" className={css.choice} onClick={() => press(digit)}>
              <span className={css.digit}>{digit}</span>
              <span dir="auto">{words}</span>
            </button>
          ))}
        </fieldset>
      )}
      {keypad && (
        <fieldset className={css.keypad} aria-label="Keypad">
          {KEYS.map(([digit, letters]) => (
            <button key={digit} type="button" className={css.key} onClick={() => press(digit)}>
              {digit} <span>{letters}</span>
            </button>
          ))}
        </fieldset>
      )}
      {hand.deeds.has('speak') && (
        <form className={css.speak} onSubmit={(event) => void speak(event)}>
          <input
            value={text}
            dir="auto"
            placeholder="Say something"
            aria-label="Speak on Voice"
            onChange={(event) => setText(event.target.value)}
          />
          <button type="submit" className={css.send} aria-label="Say it" disabled={!text.trim()}>
            <SendUp />
          </button>
        </form>
      )}
      <div className={css.row}>
        <button type="button" className={css.quiet} aria-pressed={keypad} onClick={() => setKeypad((now) => !now)}>
          Keypad
        </button>
        {hand.deeds.has('record') && (
          <button
            type="button"
            className={css.quiet}
            disabled={!call?.gather?.includes('record')}
            onClick={() => void hand.act({ do: 'record', seconds: RECORDING_SECONDS })}
          >
            Record
          </button>
        )}
        {hangUp}
      </div>
    </div>
  );
}
