import { flushSync } from 'react-dom';
import type { LabChannel } from '../api/types.ts';
import css from './lab.module.css';
import type { WallScroll } from './use_wall.ts';

/** The channels of the wall: put one up or take it down; on a narrow page, where one phone is seen at a time, go to it. */
export function ChannelToggles({
  channels,
  shown,
  hidden,
  onToggle,
  jump,
}: {
  channels: readonly LabChannel[];
  shown: readonly LabChannel[];
  hidden: ReadonlySet<string>;
  onToggle: (channelId: string) => void;
  jump?: WallScroll;
}) {
  if (jump) {
    const current = shown.some(({ id }) => id === jump.current) ? jump.current : shown[0]?.id;
    return (
      <nav className={css.toggles} aria-label="Phones">
        {channels.map((channel) => (
          <button
            key={channel.id}
            type="button"
            className={css.toggle}
            aria-current={channel.id === current || undefined}
            onClick={() => {
              // One that was taken down on a wider page is put up again before we go there.
              if (hidden.has(channel.id)) flushSync(() => onToggle(channel.id));
              jump.go(channel.id);
            }}
          >
            <i data-channel={channel.type} />
            {shortName(channel)}
          </button>
        ))}
      </nav>
    );
  }
  return (
    <fieldset className={css.toggles} aria-label="Phones on the wall">
      <span className={css.on} aria-hidden="true">
        on
      </span>
      {channels.map((channel) => (
        <button
          key={channel.id}
          type="button"
          className={css.toggle}
          aria-pressed={!hidden.has(channel.id)}
          onClick={() => onToggle(channel.id)}
        >
          <i data-channel={channel.type} />
          {shortName(channel)}
        </button>
      ))}
    </fieldset>
  );
}

const NAMES: Partial<Record<LabChannel['type'], string>> = {
  telegram: 'Telegram',
  whatsapp: 'WhatsApp',
  webchat: 'Web',
};
/** What the channel is, in a word. */
export const shortName = (channel: LabChannel): string => NAMES[channel.type] ?? channel.name;
