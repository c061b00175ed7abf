import { useEffect, useRef, useState } from 'react';
import type { LabChannel } from '../../api/types.ts';
import { Failure } from '../../ui/Failure.tsx';
import { Skeleton } from '../../ui/Skeleton.tsx';
import { shortName } from '../ChannelToggles.tsx';
import { Clock, Refused, Tick, Ticks } from '../phone/glyphs.tsx';
import type { Person } from '../sim.ts';
import { useWireEvents } from '../wire.ts';
import { Line } from './Line.tsx';
import { inWords, measured, offset, toneOf } from './lines.ts';
import { Sentence } from './Sentence.tsx';
import { StepIcon } from './step_icons.tsx';
import css from './trace.module.css';
import type { Chapter, Exchange } from './use_exchange.ts';
import { Wire } from './Wire.tsx';

/** The right column: the story of the message just touched, and beside it what went over the wire. */
export function WhatHappened({
  exchange,
  channel,
  channels,
  person,
  pinned,
  onFollow,
}: {
  exchange: Exchange;
  channel?: LabChannel;
  channels: readonly LabChannel[];
  person: Person;
  /** An older message was picked; the newest is one press away. */
  pinned: boolean;
  onFollow: () => void;
}) {
  const [view, setView] = useState<'story' | 'wire'>('story');
  return (
    <section className={css.pane} aria-labelledby="what-happened">
      <header className={css.paneHead}>
        <h2 id="what-happened" className={css.paneTitle}>
          What happened
        </h2>
        {channel && view === 'story' && (
          <span className={css.where}>
            <i data-channel={channel.type} />
            {shortName(channel)}
          </span>
        )}
        <fieldset className={css.views} aria-label="View">
          <button type="button" aria-pressed={view === 'story'} onClick={() => setView('story')}>
            Story
          </button>
          <button type="button" aria-pressed={view === 'wire'} onClick={() => setView('wire')}>
            Wire
          </button>
        </fieldset>
      </header>
      {view === 'story' ? (
        <Story exchange={exchange} channel={channel} />
      ) : (
        <Wire channels={channels} person={person} />
      )}
      {pinned && view === 'story' && (
        <button type="button" className={css.follow} onClick={onFollow}>
          Follow the newest
        </button>
      )}
    </section>
  );
}

function Story({ exchange, channel }: { exchange: Exchange; channel?: LabChannel }) {
  const { state, chapters, messageId } = exchange;
  const body = useRef<HTMLElement>(null);
  const first = chapters[0]?.messageId;

  // Another exchange begins at its top.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new first message is the reason.
  useEffect(() => {
    if (body.current) body.current.scrollTop = 0;
  }, [first]);

  const start = chapters[0]?.trace?.steps[0]?.at ?? chapters[0]?.message?.createdAt;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a pane that scrolls must be reachable by the keyboard.
    <section className={css.body} ref={body} tabIndex={0} aria-label="The story of the message">
      {state === 'waiting' && (
        <Empty>
          Write something on a phone. Every step it takes through Tributary is told here, with its evidence.
        </Empty>
      )}
      {state === 'loading' && <Loading />}
      {state === 'absent' && (
        <Empty>
          Tributary has not taken this message yet. Look at Wire to see what the provider tried, and what it was
          answered.
        </Empty>
      )}
      {state === 'failed' && (
        <Failure what="The story could not be read" error={exchange.error} onRetry={exchange.retry} />
      )}
      {state === 'ready' && (
        <ol className={css.chapters} data-channel={channel?.type}>
          {chapters.map((chapter) => (
            <ChapterItem
              key={chapter.messageId}
              chapter={chapter}
              start={start}
              picked={chapters.length > 1 && chapter.messageId === messageId}
            />
          ))}
        </ol>
      )}
    </section>
  );
}

const SIGNS = { pending: Clock, sent: Tick, delivered: Ticks, read: Ticks, failed: Refused } as const;

function ChapterItem({ chapter, start, picked }: { chapter: Chapter; start?: string; picked: boolean }) {
  const { message, trace } = chapter;
  const wire = useWireEvents();
  const outbound = message?.direction === 'outbound';
  const Sign = outbound ? SIGNS[message.status] : undefined;
  return (
    <li className={css.chapter} data-picked={picked || undefined}>
      <div className={css.chapterHead}>
        <span className={css.direction}>
          <StepIcon kind={outbound ? 'out' : 'in'} />
        </span>
        <p className={css.said} dir="auto">
          {inWords(message?.content)}
        </p>
        {Sign && message && (
          <span className={css.state} data-status={message.status}>
            <Sign />
            {message.status}
          </span>
        )}
      </div>
      {trace ? (
        <ol className={css.lines}>
          {trace.steps.map((step, index) => (
            <Line
              // biome-ignore lint/suspicious/noArrayIndexKey: a story only grows at its end.
              key={index}
              icon={<StepIcon kind={step.kind} />}
              title={<Sentence text={step.title.replace(/\.$/, '')} />}
              detail={sentence(step.detail, measured(step, message?.externalId, wire))}
              tone={toneOf(step.kind)}
              aside={start ? offset(start, step.at) : undefined}
              evidence={[{ label: 'Evidence', value: step.evidence }]}
            />
          ))}
        </ol>
      ) : (
        <Loading />
      )}
    </li>
  );
}

const sentence = (...said: (string | undefined)[]) => {
  const text = said.filter(Boolean).join(' ');
  return text ? <Sentence text={text} /> : undefined;
};

function Empty({ children }: { children: React.ReactNode }) {
  return (
    <div className={css.empty}>
      <svg width="40" height="40" viewBox="0 0 40 40" fill="none" aria-hidden="true" className={css.emptyMark}>
        <path d="M8 9h6c7 0 5 11 12 11h6M8 31h6c7 0 5-11 12-11M8 20h24" />
      </svg>
      <p>{children}</p>
    </div>
  );
}

function Loading() {
  return (
    <div className={css.loading} role="status" aria-label="Loading the story">
      {[72, 54, 64, 48].map((width) => (
        <div key={width}>
          <Skeleton width={16} height={16} round />
          <Skeleton width={`${width}%`} height={12} />
        </div>
      ))}
    </div>
  );
}
