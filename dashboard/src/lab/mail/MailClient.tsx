import { useMemo, useState } from 'react';
import { Failure } from '../../ui/Failure.tsx';
import { Skeleton } from '../../ui/Skeleton.tsx';
import { Blocked, Trouble } from '../phone/Foot.tsx';
import { StatusBar } from '../phone/Header.tsx';
import type { Screen } from '../phone/Phone.tsx';
import { timeOf } from '../phone/time.ts';
import { MailForm } from './MailForm.tsx';
import css from './mail.module.css';
import { ThreadView } from './ThreadView.tsx';
import { newestOf, snippet, type Thread, threadsOf } from './threads.ts';

/** A mail client: the threads, one of them open, and a form to write in. */
export function MailClient({ channel, skin, person, hand, pickedId, onPick }: Screen) {
  const { phone } = hand;
  const threads = useMemo(() => threadsOf(phone.data?.messages ?? []), [phone.data?.messages]);
  const [place, setPlace] = useState<{ thread?: string; writing?: boolean }>({});
  const open = threads.find(({ id }) => id === place.thread);
  const title = phone.data?.title ?? channel.name;

  if (place.writing) {
    return <MailForm to={title} person={person} hand={hand} onDone={() => setPlace({})} onLeave={() => setPlace({})} />;
  }
  if (open) {
    return (
      <ThreadView
        thread={open}
        title={title}
        person={person}
        hand={hand}
        pickedId={pickedId}
        onPick={onPick}
        onBack={() => setPlace({})}
      />
    );
  }
  return (
    <>
      <div className={css.top}>
        <StatusBar />
        <div className={css.head}>
          <p className={css.box}>Inbox</p>
          <p className={css.address}>{person.email}</p>
        </div>
      </div>
      <div className={css.body}>
        {phone.isPending && <Loading />}
        {phone.isError && !phone.data && (
          <Failure what="The mailbox could not be read" error={phone.error} onRetry={() => void phone.refetch()} />
        )}
        {phone.data && threads.length === 0 && (
          <p className={css.empty}>No mail yet. Write one to {title}, and the bot answers.</p>
        )}
        <ol className={css.threads} aria-label={`${skin.name} messages`}>
          {threads.map((thread) => (
            <Row key={thread.id} thread={thread} title={title} onOpen={() => setPlace({ thread: thread.id })} />
          ))}
        </ol>
      </div>
      <div>
        <Trouble hand={hand} />
        {phone.data?.blocked ? (
          <Blocked person={person} hand={hand} />
        ) : (
          <div className={css.foot}>
            <button type="button" className={css.write} onClick={() => setPlace({ writing: true })}>
              Write a mail
            </button>
          </div>
        )}
      </div>
    </>
  );
}

function Row({ thread, title, onOpen }: { thread: Thread; title: string; onOpen: () => void }) {
  const newest = newestOf(thread);
  const who = newest.from === 'customer' ? 'You' : title;
  return (
    <li>
      <button type="button" className={css.thread} data-unread={thread.unread || undefined} onClick={onOpen}>
        <span className={css.line}>
          <span className={css.who} dir="auto">
            {who}
            {thread.mails.length > 1 && <span className={css.count}> {thread.mails.length}</span>}
          </span>
          <time dateTime={newest.at}>{timeOf(newest.at)}</time>
        </span>
        <span className={css.subject} dir="auto">
          {thread.subject}
        </span>
        <span className={css.snippet} dir="auto">
          {snippet(newest)}
        </span>
      </button>
    </li>
  );
}

function Loading() {
  return (
    <div className={css.loading} role="status" aria-label="Loading the mailbox">
      <Skeleton height={52} />
      <Skeleton height={52} />
    </div>
  );
}
