import { type RefObject, useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { Failure } from '../../ui/Failure.tsx';
import { Skeleton } from '../../ui/Skeleton.tsx';
import type { Button, PhoneMessage } from '../sim.ts';
import { type Answer, answersOf } from './answers.ts';
import { Bubble, type BubbleActs } from './Bubble.tsx';
import { ReplyKeyboard } from './Buttons.tsx';
import { type About, Composer, type ComposerHandle } from './Composer.tsx';
import { Blocked, Trouble } from './Foot.tsx';
import { placed } from './groups.ts';
import { Header } from './Header.tsx';
import { Hints } from './Hints.tsx';
import { ListSheet } from './ListSheet.tsx';
import { useNotice } from './notices.ts';
import type { Screen } from './Phone.tsx';
import { Pills } from './Pills.tsx';
import css from './phone.module.css';
import { useBottom } from './use_bottom.ts';

/** A chat: who one talks to, what was said, and the line to write in. */
export function Chat({ channel, skin, person, hand, pickedId, onPick }: Screen) {
  const { phone } = hand;
  const notice = useNotice(skin.provider, channel.account, person.id);
  const [about, setAbout] = useState<About>();
  const [list, setList] = useState<PhoneMessage>();
  const composer = useRef<ComposerHandle>(null);

  const messages = phone.data?.messages;
  const chat = useMemo(() => placed(messages ?? []), [messages]);
  const byId = useMemo(() => new Map(messages?.map((message) => [message.id, message])), [messages]);
  const answers = useMemo(() => answersOf(phone.data, skin), [phone.data, skin]);
  const bottom = useBottom(messages);
  usePickByPointer(bottom.scroller, onPick);

  const act = (what: Parameters<typeof hand.act>[0]) => void hand.act(what);
  const acts: BubbleActs = {
    hand: { act, pressed: hand.pressed },
    deeds: hand.deeds,
    pick: (message) => onPick(message.id),
    reply: (message) => setAbout({ kind: 'reply', message }),
    edit: (message) => setAbout({ kind: 'edit', message }),
    openList: setList,
  };
  const answer = (button: Button) => {
    const { messageId } = answers.find((each) => each.button === button) as Answer;
    act(skin.numbered ? { do: 'text', text: button.id } : { do: 'tap', messageId, buttonId: button.id });
  };
  const title = phone.data?.title ?? channel.name;

  return (
    <>
      <Header skin={skin} title={title} typing={phone.data?.typing ?? false} />
      <div className={css.chat}>
        <div className={css.wallpaper} aria-hidden="true" />
        <div
          className={css.scroller}
          ref={bottom.scroller}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a chat that scrolls must be reachable by the keyboard.
          tabIndex={0}
          role="log"
          aria-label={`${skin.name} messages`}
        >
          {phone.isPending && <Loading />}
          {phone.isError && !phone.data && (
            <div className={css.failure}>
              <Failure
                what={`${skin.name} could not be read`}
                error={phone.error}
                onRetry={() => void phone.refetch()}
              />
            </div>
          )}
          {phone.data && chat.length === 0 && (
            <Hints skin={skin} person={person} deeds={hand.deeds} starters={phone.data.starters} onAct={act} />
          )}
          {chat.length > 0 && (
            <ol className={css.messages}>
              {chat.map((each) => (
                <Bubble
                  key={each.message.id}
                  placed={each}
                  quoted={each.message.replyTo ? byId.get(each.message.replyTo) : undefined}
                  title={title}
                  skin={skin}
                  picked={each.message.id === pickedId}
                  acts={acts}
                />
              ))}
            </ol>
          )}
        </div>
        {!bottom.atBottom && (
          <button type="button" className={css.down} onClick={bottom.go} aria-label="To the newest message">
            <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
              <path d="m3 6 5 5 5-5" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
            </svg>
          </button>
        )}
        {notice && (
          <p className={css.notice} role="status">
            {notice}
          </p>
        )}
      </div>
      <div className={css.foot}>
        <Trouble hand={hand} />
        {phone.data?.blocked ? (
          <Blocked person={person} hand={hand} />
        ) : (
          <Writing screen={{ channel, skin, person, hand, onPick }} acts={acts} answers={answers} onAnswer={answer}>
            {(keys) => (
              <Composer
                ref={composer}
                skin={skin}
                person={person}
                deeds={hand.deeds}
                about={about}
                onAbout={setAbout}
                onAct={hand.act}
                onProblem={(sentence) => hand.setProblem({ sentence })}
                keyboard={keys}
              />
            )}
          </Writing>
        )}
      </div>
      {list && (
        <ListSheet
          message={list}
          onClose={() => setList(undefined)}
          onChoose={(rowId) => {
            setList(undefined);
            act({ do: 'choose', messageId: list.id, rowId });
          }}
        />
      )}
    </>
  );
}

/** The input line with what lies around it: quick answers above, a keyboard or the menu below. */
function Writing({
  screen,
  acts,
  answers,
  onAnswer,
  children,
}: {
  screen: Screen;
  acts: BubbleActs;
  answers: readonly Answer[];
  onAnswer: (button: Button) => void;
  children: (keys: { shown: boolean; toggle: () => void } | undefined) => React.ReactNode;
}) {
  const { skin, hand } = screen;
  const [open, setOpen] = useState<boolean>();
  const { keyboard, menu } = hand.phone.data ?? {};
  // Where answers are pills, the keyboard that the provider holds is those.
  const board = keyboard && !skin.pills ? keyboard : menu && { messageId: 'menu', buttons: menu };
  // A keyboard comes up with its message; a menu waits until it is asked for.
  const shown = open ?? (board !== undefined && board === keyboard);
  return (
    <>
      <Pills buttons={answers.map(({ button }) => button)} onPress={onAnswer} />
      {children(board && { shown, toggle: () => setOpen(!shown) })}
      {board && shown && (
        <ReplyKeyboard
          keyboard={board}
          hand={acts.hand}
          name={board === keyboard ? 'Answers to choose from' : 'Menu'}
        />
      )}
    </>
  );
}

/** A press anywhere on a bubble picks it, as one would point at it; links, buttons and players in it keep their own meaning. */
function usePickByPointer(scroller: RefObject<HTMLDivElement | null>, onPick: (id: string) => void): void {
  const pick = useEffectEvent(onPick);
  useEffect(() => {
    const node = scroller.current;
    const press = (event: MouseEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      if (!target || target.closest('a, button, video, audio') || window.getSelection()?.isCollapsed === false) return;
      const id = target.closest('[data-message]')?.getAttribute('data-message');
      if (id && !id.startsWith('local-')) pick(id);
    };
    node?.addEventListener('click', press);
    return () => node?.removeEventListener('click', press);
  }, [scroller]);
}

function Loading() {
  return (
    <div className={css.loading} role="status" aria-label="Loading the chat">
      <Skeleton width="62%" height={44} />
      <span className={css.own}>
        <Skeleton width="48%" height={36} />
      </span>
      <Skeleton width="70%" height={64} />
    </div>
  );
}
