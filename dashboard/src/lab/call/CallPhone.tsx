import { useMemo } from 'react';
import { Failure } from '../../ui/Failure.tsx';
import { Blocked, Trouble } from '../phone/Foot.tsx';
import { Handset } from '../phone/glyphs.tsx';
import { StatusBar } from '../phone/Header.tsx';
import type { Screen } from '../phone/Phone.tsx';
import { timeOf } from '../phone/time.ts';
import { useBottom } from '../phone/use_bottom.ts';
import type { PhoneHand } from '../phone/use_hand.ts';
import type { PhoneMessage } from '../sim.ts';
import { Controls } from './Controls.tsx';
import css from './call.module.css';
import { type Line, linesOf, stateOf } from './lines.ts';

/** A telephone: what was said as lines of speech, and what can be done in the call of the moment. */
export function CallPhone({ channel, skin, person, hand, pickedId, onPick }: Screen) {
  const { phone } = hand;
  const messages = phone.data?.messages;
  const lines = useMemo(() => linesOf(messages ?? []), [messages]);
  const call = messages?.findLast(({ kind }) => kind === 'call');
  const bottom = useBottom(messages);
  const state = stateOf(call);

  return (
    <>
      <div className={css.top}>
        <StatusBar />
        <div className={css.head}>
          <p className={css.name} dir="auto">
            {phone.data?.title ?? channel.name}
          </p>
          <p className={css.state} data-state={state} aria-live="polite">
            {WORDS[state]}
          </p>
        </div>
      </div>
      <div
        className={css.body}
        ref={bottom.scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a call that scrolls must be reachable by the keyboard.
        tabIndex={0}
        role="log"
        aria-label={`${skin.name} messages`}
      >
        {phone.isError && !phone.data && (
          <Failure what="The telephone could not be read" error={phone.error} onRetry={() => void phone.refetch()} />
        )}
        {phone.data && lines.length === 0 && (
          <p className={css.empty}>No call yet. Call the business, and its bot answers.</p>
        )}
        <ol className={css.lines}>
          {lines.map((line) => (
            <Spoken key={line.key} line={line} picked={line.messageId === pickedId} onPick={onPick} />
          ))}
        </ol>
      </div>
      <div className={css.foot}>
        <Trouble hand={hand} />
        {phone.data?.blocked ? <Blocked person={person} hand={hand} /> : <Actions call={call} hand={hand} />}
      </div>
    </>
  );
}

const WORDS = {
  idle: 'Not in a call',
  calling: 'Calling…',
  incoming: 'Is calling you',
  in_call: 'In a call',
  ended: 'Call ended',
};

function Actions({ call, hand }: { call: PhoneMessage | undefined; hand: PhoneHand }) {
  const act = (what: Parameters<PhoneHand['act']>[0]) => void hand.act(what);
  const hangUp = (
    <button type="button" className={css.hangup} onClick={() => act({ do: 'hangup' })}>
      <Handset down /> {stateOf(call) === 'incoming' ? 'Decline' : 'Hang up'}
    </button>
  );
  switch (stateOf(call)) {
    case 'incoming':
      return (
        <div className={css.ringing}>
          <button type="button" className={css.dial} onClick={() => act({ do: 'answer' })}>
            <Handset /> Answer
          </button>
          {hangUp}
        </div>
      );
    case 'calling':
      return <div className={css.ringing}>{hangUp}</div>;
    case 'in_call':
      return <Controls call={call?.call} hand={hand} hangUp={hangUp} />;
    default:
      return (
        <div className={css.ringing}>
          <button
            type="button"
            className={css.dial}
            disabled={!hand.deeds.has('dial')}
            onClick={() => act({ do: 'dial' })}
          >
            <Handset /> Call
          </button>
        </div>
      );
  }
}

function Spoken({ line, picked, onPick }: { line: Line; picked: boolean; onPick: (id: string) => void }) {
  if (line.from === undefined) {
    return (
      <li className={css.mark}>
        <span>
          {line.text} <time dateTime={line.at}>{timeOf(line.at)}</time>
        </span>
      </li>
    );
  }
  return (
    <li className={css.line} data-from={line.from} data-picked={picked || undefined}>
      <button
        type="button"
        className={css.said}
        data-message={line.messageId}
        onClick={() => onPick(line.messageId)}
        aria-label={`${line.from === 'customer' ? 'You' : 'The business'}: ${line.text}. Show what happened`}
      >
        <span dir="auto">{line.text}</span>
      </button>
      {line.sound && (
        // biome-ignore lint/a11y/useMediaCaption: the recording is somebody's own and has no captions.
        <audio className={css.sound} src={line.sound} controls preload="metadata" />
      )}
    </li>
  );
}
