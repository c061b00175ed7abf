import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import type { LabChannel } from '../../api/types.ts';
import { Failure } from '../../ui/Failure.tsx';
import { Skeleton } from '../../ui/Skeleton.tsx';
import { type Act, type Person, type PhoneMessage, useAct, usePhone } from '../sim.ts';
import { Bubble, type BubbleActs } from './Bubble.tsx';
import { ReplyKeyboard } from './Buttons.tsx';
import { type About, Composer, type ComposerHandle } from './Composer.tsx';
import { placed } from './groups.ts';
import { Header } from './Header.tsx';
import { Hints } from './Hints.tsx';
import { ListSheet } from './ListSheet.tsx';
import { useNotice } from './notices.ts';
import css from './phone.module.css';
import type { Skin } from './skins.ts';
import { useBottom } from './use_bottom.ts';

/** Acts whose answer names a message that the platform knows by the same id. A tap and a choice are known by the event they become. */
const MAKES_MESSAGE = new Set<Act['do']>([
  'text',
  'image',
  'document',
  'audio',
  'video',
  'location',
  'contact',
  'sticker',
  'edit',
]);

/** Acts that nobody hears as words. */
const SILENT = new Set<Act['do']>(['read', 'block', 'unblock', 'elapse']);

/** One app on one person's phone: what the provider received, and the customer's hand. */
export function Phone({
  channel,
  skin,
  person,
  pickedId,
  onPick,
  onAct,
  onFound,
}: {
  channel: LabChannel;
  skin: Skin;
  person: Person;
  /** The provider's id of the message whose story is being told. */
  pickedId?: string;
  onPick: (externalId: string) => void;
  /** The customer begins to do something; then, for most acts, the id of the message it made. */
  onAct: (externalId: string | undefined) => void;
  /** The newest message already there. */
  onFound: (externalId: string, at: string) => void;
}) {
  const phone = usePhone(skin.provider, channel.account, person.id);
  const { mutateAsync, variables, isPending } = useAct(skin.provider, channel.account, person.id);
  const notice = useNotice(skin.provider, channel.account, person.id);
  const [about, setAbout] = useState<About>();
  const [list, setList] = useState<PhoneMessage>();
  const [problem, setProblem] = useState<{ sentence: string; act?: Act }>();
  const [keysHidden, setKeysHidden] = useState(false);
  const composer = useRef<ComposerHandle>(null);

  const messages = phone.data?.messages;
  const chat = useMemo(() => placed(messages ?? []), [messages]);
  const byId = useMemo(() => new Map(messages?.map((message) => [message.id, message])), [messages]);
  const bottom = useBottom(messages);
  usePickByPointer(bottom.scroller, onPick);
  const found = useEffectEvent(onFound);
  useEffect(() => {
    const newest = messages?.findLast((message) => message.kind !== 'service' && !message.id.startsWith('local-'));
    if (newest) found(newest.id, newest.at);
  }, [messages]);

  const act = async (what: Act): Promise<boolean> => {
    setProblem(undefined);
    // Told before it is done: the platform's word of it may come earlier than the simulator's answer.
    if (!SILENT.has(what.do)) onAct(undefined);
    try {
      const { id } = await mutateAsync(what);
      if (id && MAKES_MESSAGE.has(what.do)) onAct(id);
      return true;
    } catch (error) {
      setProblem({ sentence: error instanceof Error ? error.message : 'It did not leave the phone.', act: what });
      return false;
    }
  };
  const acts: BubbleActs = {
    hand: {
      act: (what) => void act(what),
      pressed: isPending && variables?.do === 'tap' ? `${variables.messageId}/${variables.buttonId}` : undefined,
    },
    pick: (message) => onPick(message.id),
    reply: (message) => setAbout({ kind: 'reply', message }),
    edit: (message) => setAbout({ kind: 'edit', message }),
    openList: setList,
  };
  const keyboard = phone.data?.keyboard;
  const blocked = phone.data?.blocked;

  return (
    <div className={css.device} data-skin={skin.provider} data-tail={skin.tail} data-header={skin.header}>
      <Header skin={skin} title={phone.data?.title ?? channel.name} typing={phone.data?.typing ?? false} />
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
          {phone.data && chat.length === 0 && <Hints skin={skin} person={person} onAct={(what) => void act(what)} />}
          {chat.length > 0 && (
            <ol className={css.messages}>
              {chat.map((each) => (
                <Bubble
                  key={each.message.id}
                  placed={each}
                  quoted={each.message.replyTo ? byId.get(each.message.replyTo) : undefined}
                  title={phone.data?.title ?? channel.name}
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
        {problem && (
          <div className={css.problem} role="alert">
            <span>{problem.sentence}</span>
            {problem.act && problem.act.do !== 'text' && problem.act.do !== 'edit' && (
              <button type="button" onClick={() => problem.act && void act(problem.act)}>
                Try again
              </button>
            )}
            <button type="button" onClick={() => setProblem(undefined)}>
              Close
            </button>
          </div>
        )}
        {blocked ? (
          <button type="button" className={css.unblock} onClick={() => void act({ do: 'unblock' })}>
            {person.name} has blocked this business. Unblock
          </button>
        ) : (
          <>
            <Composer
              ref={composer}
              skin={skin}
              person={person}
              about={about}
              onAbout={setAbout}
              onAct={act}
              onProblem={(sentence) => setProblem({ sentence })}
              keyboard={keyboard ? { shown: !keysHidden, toggle: () => setKeysHidden((now) => !now) } : undefined}
            />
            {keyboard && !keysHidden && <ReplyKeyboard keyboard={keyboard} hand={acts.hand} />}
          </>
        )}
      </div>
      {list && (
        <ListSheet
          message={list}
          onClose={() => setList(undefined)}
          onChoose={(rowId) => {
            setList(undefined);
            void act({ do: 'choose', messageId: list.id, rowId });
          }}
        />
      )}
    </div>
  );
}

/** A press anywhere on a bubble picks it, as one would point at it; links, buttons and players in it keep their own meaning. */
function usePickByPointer(scroller: React.RefObject<HTMLDivElement | null>, onPick: (id: string) => void): void {
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
