import { Menu } from '@mantine/core';
import { CheckIcon } from '@radix-ui/react-icons';
import { useEffect, useRef } from 'react';
import { flushSync } from 'react-dom';
import type { LabChannel } from '../api/types.ts';
import { skinOf } from './phone/skins.ts';
import css from './toggles.module.css';
import { useFitting } from './use_fitting.ts';
import type { WallScroll } from './use_wall.ts';

interface Toggles {
  channels: readonly LabChannel[];
  shown: readonly LabChannel[];
  hidden: ReadonlySet<string>;
  onToggle: (channelId: string) => void;
  wall: WallScroll;
}

/** The channels of the wall: put one up or take it down; on a narrow page, where one phone is seen at a time, go to it. */
export function ChannelToggles({ narrow, ...toggles }: Toggles & { narrow: boolean }) {
  return narrow ? <Jumps {...toggles} /> : <Switches {...toggles} />;
}

function Jumps({ channels, shown, hidden, onToggle, wall }: Toggles) {
  const current = shown.some(({ id }) => id === wall.current) ? wall.current : shown[0]?.id;
  const row = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another phone in sight is the reason to follow.
  useEffect(() => {
    const there = row.current?.querySelector<HTMLElement>('[aria-current]');
    // Not scrollIntoView, which would take the whole page along.
    if (there && row.current) row.current.scrollLeft = there.offsetLeft - row.current.offsetLeft - 60;
  }, [current]);
  return (
    <nav className={css.jumps} aria-label="Phones" ref={row}>
      {channels.map((channel) => (
        <button
          key={channel.id}
          type="button"
          className={css.toggle}
          aria-current={channel.id === current || undefined}
          onClick={() => {
            // One that was taken down on a wider page is put up again before we go there.
            if (hidden.has(channel.id)) flushSync(() => onToggle(channel.id));
            wall.go(channel.id);
          }}
        >
          <i data-channel={channel.type} />
          {shortName(channel)}
        </button>
      ))}
    </nav>
  );
}

function Switches({ channels, hidden, onToggle, wall }: Toggles) {
  const { row, fitting } = useFitting(channels.length);
  const rest = channels.slice(fitting);
  const press = (id: string) => {
    flushSync(() => onToggle(id));
    if (hidden.has(id)) wall.go(id);
  };
  return (
    <fieldset className={css.switches} aria-label="Phones on the wall">
      <span className={css.on} aria-hidden="true">
        on
      </span>
      <div className={css.toggles} ref={row}>
        {channels.map((channel, index) => (
          <button
            key={channel.id}
            type="button"
            className={css.toggle}
            inert={index >= fitting}
            aria-pressed={!hidden.has(channel.id)}
            onClick={() => press(channel.id)}
          >
            <i data-channel={channel.type} />
            {shortName(channel)}
          </button>
        ))}
      </div>
      {rest.length > 0 && (
        <Menu position="bottom-start" width={200} closeOnItemClick={false}>
          <Menu.Target>
            <button type="button" className={css.more} aria-label={`${rest.length} more phones`}>
              +{rest.length}
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            {rest.map((channel) => (
              <Menu.Item
                key={channel.id}
                leftSection={<i className={css.dot} data-channel={channel.type} />}
                rightSection={hidden.has(channel.id) ? null : <CheckIcon aria-label="on the wall" />}
                onClick={() => press(channel.id)}
              >
                {shortName(channel)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </fieldset>
  );
}

/** What the channel is, in a word. */
export const shortName = ({ type, name }: LabChannel): string =>
  type === 'webchat' ? 'Web' : (skinOf(type)?.name ?? name);
