import { ActivityLogIcon } from '@radix-ui/react-icons';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { Files } from '../phone/Files.tsx';
import { Blocked, Trouble } from '../phone/Foot.tsx';
import { Back } from '../phone/glyphs.tsx';
import { StatusBar } from '../phone/Header.tsx';
import { RichText } from '../phone/RichText.tsx';
import { timeOf } from '../phone/time.ts';
import type { PhoneHand } from '../phone/use_hand.ts';
import type { Person, PhoneMessage } from '../sim.ts';
import { pageOf } from './frame.ts';
import { MailForm } from './MailForm.tsx';
import css from './mail.module.css';
import { bare, newestOf, type Thread } from './threads.ts';

/** One thread, mail below mail, the newest in sight. */
export function ThreadView({
  thread,
  title,
  person,
  hand,
  pickedId,
  onPick,
  onBack,
}: {
  thread: Thread;
  title: string;
  person: Person;
  hand: PhoneHand;
  pickedId?: string;
  onPick: (externalId: string) => void;
  onBack: () => void;
}) {
  const [answering, setAnswering] = useState(false);
  const last = useRef<HTMLLIElement>(null);
  const newest = newestOf(thread);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new mail is the reason to look.
  useEffect(() => last.current?.scrollIntoView({ block: 'nearest' }), [newest.id]);
  const open = useEffectEvent(() => void hand.act({ do: 'read' }));
  const tells = hand.deeds.has('read');
  useEffect(() => {
    if (thread.unread && tells) open();
  }, [thread.unread, tells]);

  if (answering) {
    return (
      <MailForm
        to={title}
        person={person}
        hand={hand}
        about={newest}
        subject={thread.subject}
        onDone={() => setAnswering(false)}
        onLeave={() => setAnswering(false)}
      />
    );
  }
  return (
    <>
      <div className={css.top}>
        <StatusBar />
        <div className={css.bar}>
          <button type="button" className={css.back} onClick={onBack} aria-label="Back to the inbox">
            <Back />
          </button>
          <p className={css.title} dir="auto">
            {thread.subject}
          </p>
        </div>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a pane that scrolls must be reachable by the keyboard. */}
      <section className={css.body} tabIndex={0} aria-label="The thread">
        <ol className={css.mails}>
          {thread.mails.map((mail) => (
            <li key={mail.id} ref={mail === newest ? last : undefined}>
              <Mail mail={mail} title={title} person={person} picked={bare(mail.id) === pickedId} onPick={onPick} />
            </li>
          ))}
        </ol>
      </section>
      <div>
        <Trouble hand={hand} />
        {hand.phone.data?.blocked ? (
          <Blocked person={person} hand={hand} />
        ) : (
          <div className={css.foot}>
            <button type="button" className={css.write} onClick={() => setAnswering(true)}>
              Reply
            </button>
          </div>
        )}
      </div>
    </>
  );
}

function Mail({
  mail,
  title,
  person,
  picked,
  onPick,
}: {
  mail: PhoneMessage;
  title: string;
  person: Person;
  picked: boolean;
  onPick: (externalId: string) => void;
}) {
  const own = mail.from === 'customer';
  return (
    <article className={css.mail} data-from={mail.from} data-message={mail.id} data-picked={picked || undefined}>
      <header className={css.mailHead}>
        <span className={css.face} aria-hidden="true">
          {[...(own ? person.name : title)][0]}
        </span>
        <span className={css.fromTo}>
          <strong dir="auto">{own ? person.name : title}</strong>
          <span>
            to {own ? title : person.email} · <time dateTime={mail.at}>{timeOf(mail.at)}</time>
          </span>
        </span>
        {!mail.id.startsWith('local-') && (
          <button type="button" className={css.what} onClick={() => onPick(mail.id)} aria-label="Show what happened">
            <ActivityLogIcon />
          </button>
        )}
      </header>
      {mail.html ? (
        <HtmlFrame html={mail.html} subject={mail.subject} />
      ) : (
        <p className={css.words}>
          <RichText text={mail.text} entities={mail.entities} />
        </p>
      )}
      {mail.attachments && mail.attachments.length > 0 && <Files files={mail.attachments} />}
    </article>
  );
}

/** The HTML in a frame that runs nothing, as high as what is in it. */
function HtmlFrame({ html, subject }: { html: string; subject?: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(120);
  const measure = () => {
    const page = frame.current?.contentDocument?.documentElement;
    if (page) setHeight(Math.min(1200, Math.ceil(page.getBoundingClientRect().height)));
  };
  return (
    <iframe
      ref={frame}
      className={css.html}
      // No scripts: with the frame's own origin the page may only measure it.
      sandbox="allow-same-origin allow-popups"
      srcDoc={pageOf(html)}
      title={subject ?? 'Mail'}
      height={height}
      onLoad={measure}
    />
  );
}
