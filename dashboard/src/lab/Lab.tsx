import { Drawer } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { ChevronUpIcon } from '@radix-ui/react-icons';
import { useMemo, useRef, useState } from 'react';
import type { LabChannel, LabInfo } from '../api/types.ts';
import { type Command, useCommands } from '../shell/commands.ts';
import { Notice } from '../ui/Notice.tsx';
import { ChannelToggles, shortName } from './ChannelToggles.tsx';
import css from './lab.module.css';
import { useLive } from './live.ts';
import { Misbehave } from './Misbehave.tsx';
import { PersonPicker } from './PersonPicker.tsx';
import { skinOf } from './phone/skins.ts';
import type { Person, Played } from './sim.ts';
import { useExchange } from './trace/use_exchange.ts';
import { WhatHappened } from './trace/WhatHappened.tsx';
import { useHidden, usePerson, useTouched } from './use_lab.ts';
import { useWall } from './use_wall.ts';
import { Wall } from './Wall.tsx';

/** Can this page draw the customer's side of the channel, and is there anybody to play its provider? */
const drawable = (channel: LabChannel, providers: readonly Played[]): boolean =>
  channel.type === 'webchat' ||
  (skinOf(channel.type) !== undefined && providers.some(({ provider }) => provider === channel.type));

/** The order of the wall, however the channels came to be; two of a type stand side by side. */
const ORDER: readonly LabChannel['type'][] = [
  'telegram',
  'whatsapp',
  'sms',
  'webchat',
  'email',
  'voice',
  'facebook',
  'instagram',
  'rcs',
  'viber',
  'line',
];
const rank = ({ type }: LabChannel): number => ORDER.indexOf(type);

/** With more phones than these the toolbar is theirs. */
const ROOM_FOR_GUIDE = 5;

/** A message that comes in so long after an act of ours is taken for its effect. */
const FOLLOW_MS = 15_000;

/** The wall of phones, the hand that holds them, and what happened. */
export function Lab({
  info,
  people,
  providers,
}: {
  info: LabInfo;
  people: readonly Person[];
  providers: readonly Played[];
}) {
  const [person, setPerson] = usePerson(people);
  if (!person) {
    return <Notice title="The simulator knows nobody yet">Start Tributary again; it brings six people with it.</Notice>;
  }
  return <WallOf info={info} people={people} providers={providers} person={person} onPerson={setPerson} />;
}

function WallOf({
  info,
  people,
  providers,
  person,
  onPerson,
}: {
  info: LabInfo;
  people: readonly Person[];
  providers: readonly Played[];
  person: Person;
  onPerson: (person: Person) => void;
}) {
  const channels = useMemo(
    () => info.channels.filter((channel) => drawable(channel, providers)).sort((a, b) => rank(a) - rank(b)),
    [info.channels, providers],
  );
  const [hidden, toggle] = useHidden();
  const shown = channels.filter((channel) => !hidden.has(channel.id));
  const story = useTouched();
  const exchange = useExchange(story.touched);
  const narrow = useMediaQuery('(max-width: 900px)', undefined, { getInitialValueInEffect: false }) ?? false;
  const [sheet, setSheet] = useState(false);
  const wall = useWall(narrow);
  const side = useRef<HTMLElement>(null);
  const actedAt = useRef(new Map<string, number>());
  useLive(channels, (channel, messageId) => {
    // Others write too: people of another tab, a load. What comes in is ours where we have just done something; our shop has no other visitor.
    const ours = !skinOf(channel.type) || Date.now() - (actedAt.current.get(channel.id) ?? 0) < FOLLOW_MS;
    if (ours) story.follow({ channelId: channel.id, messageId });
  });

  const be = (next: Person) => {
    if (next.id === person.id) return;
    story.forget();
    onPerson(next);
  };
  const commands: Command[] = [
    ...people.map((each) => ({
      id: `person-${each.id}`,
      group: 'Write as',
      title: each.name,
      keywords: 'person customer be switch',
      on: each.id === person.id,
      run: () => be(each),
    })),
    ...channels.map((channel) => ({
      id: `channel-${channel.id}`,
      group: 'On the wall',
      title: channel.name,
      keywords: 'channel show hide phone',
      on: !hidden.has(channel.id),
      run: () => toggle(channel.id),
    })),
  ];
  useCommands(commands);

  const externalId =
    story.touched && 'externalId' in story.touched
      ? story.touched.externalId
      : exchange.chapters.find(({ messageId }) => messageId === exchange.messageId)?.message?.externalId;
  const touchedChannel = channels.find((channel) => channel.id === story.touched?.channelId);
  const pane = (
    <WhatHappened
      exchange={exchange}
      channel={touchedChannel}
      channels={channels}
      person={person}
      pinned={story.pinned}
      onFollow={story.unpin}
    />
  );
  const lastStep = exchange.chapters.at(-1)?.trace?.steps.at(-1);

  return (
    <div className={css.lab}>
      <h1 className="visually-hidden">Lab</h1>
      {!narrow && (
        <button type="button" className="skip-link" onClick={() => side.current?.focus()}>
          Skip to what happened
        </button>
      )}
      <div className={css.toolbar}>
        <PersonPicker people={people} person={person} onPerson={be} />
        <ChannelToggles
          channels={channels}
          hidden={hidden}
          onToggle={toggle}
          wall={wall}
          narrow={narrow}
          shown={shown}
        />
        {channels.length <= ROOM_FOR_GUIDE && (
          <p className={css.guide}>Write on any phone. Press a message to see what happened to it.</p>
        )}
        <Misbehave />
      </div>
      <Wall
        channels={shown}
        some={channels.length > 0}
        person={person}
        wall={wall}
        touched={story.touched ? { channelId: story.touched.channelId, externalId } : undefined}
        onPick={(touched) => {
          story.pick(touched);
          if (narrow) setSheet(true);
        }}
        onAct={(channelId, touched) => {
          actedAt.current.set(channelId, Date.now());
          if (touched) story.act(touched);
          else story.release();
        }}
        onFound={story.found}
      />
      {narrow ? (
        <>
          <button type="button" className={css.peek} onClick={() => setSheet(true)} aria-haspopup="dialog">
            <span className={css.peekWords}>
              <strong>What happened{touchedChannel && ` on ${shortName(touchedChannel)}`}</strong>
              <span>{lastStep?.title.replace(/\.$/, '') ?? 'Nothing yet'}</span>
            </span>
            <ChevronUpIcon aria-hidden="true" />
          </button>
          <Drawer
            opened={sheet}
            onClose={() => setSheet(false)}
            position="bottom"
            size="82dvh"
            withCloseButton={false}
            lockScroll={false}
            padding={0}
            transitionProps={{ duration: 120 }}
            classNames={{ content: css.sheet, body: css.sheetBody }}
            attributes={{ content: { 'aria-label': 'What happened' } }}
          >
            <button type="button" className={css.handle} onClick={() => setSheet(false)} aria-label="Close">
              <span />
            </button>
            {pane}
          </Drawer>
        </>
      ) : (
        <aside className={css.side} ref={side} tabIndex={-1}>
          {pane}
        </aside>
      )}
    </div>
  );
}
