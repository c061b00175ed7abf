import type { LabChannel } from '../api/types.ts';
import { Notice } from '../ui/Notice.tsx';
import { shortName } from './ChannelToggles.tsx';
import css from './lab.module.css';
import { PhoneMenu } from './PhoneMenu.tsx';
import { Phone } from './phone/Phone.tsx';
import { skinOf } from './phone/skins.ts';
import type { Person } from './sim.ts';
import type { Touched } from './trace/use_exchange.ts';
import type { WallScroll } from './use_wall.ts';
import { WebPage } from './WebPage.tsx';

/** The phones and the browser of one person, side by side. */
export function Wall({
  channels,
  some,
  person,
  wall,
  touched,
  onPick,
  onAct,
  onFound,
}: {
  channels: readonly LabChannel[];
  /** The workspace has channels, even if all were taken down. */
  some: boolean;
  person: Person;
  wall: WallScroll;
  touched?: { channelId: string; externalId?: string };
  onPick: (touched: Touched) => void;
  onAct: (channelId: string, touched: Touched | undefined) => void;
  onFound: (touched: Touched, at: string) => void;
}) {
  if (channels.length === 0) {
    return (
      <div className={css.bare}>
        {some ? (
          <Notice title="The wall is empty">Put up a phone with the buttons above.</Notice>
        ) : (
          <Notice title="No channel is connected to the Lab">
            Start Tributary again: it connects an account of every provider that it plays, and a web chat.
          </Notice>
        )}
      </div>
    );
  }
  return (
    <div className={css.wall} ref={wall.row}>
      {channels.map((channel) => {
        const skin = skinOf(channel.type);
        return (
          <section
            key={channel.id}
            className={css.slot}
            data-slot={channel.id}
            data-kind={skin ? 'phone' : 'web'}
            aria-label={shortName(channel)}
          >
            <div className={css.caption}>
              <i className={css.hue} data-channel={channel.type} />
              <h2 className={css.channelName}>{shortName(channel)}</h2>
              {channel.status !== 'active' && <span className={css.channelState}>{channel.status}</span>}
              {skin && <PhoneMenu channel={channel} skin={skin} person={person} />}
            </div>
            {skin ? (
              <Phone
                key={person.id}
                channel={channel}
                skin={skin}
                person={person}
                pickedId={touched?.channelId === channel.id ? touched.externalId : undefined}
                onPick={(externalId) => onPick({ channelId: channel.id, externalId })}
                onAct={(externalId) =>
                  onAct(channel.id, externalId ? { channelId: channel.id, externalId } : undefined)
                }
                onFound={(externalId, at) => onFound({ channelId: channel.id, externalId }, at)}
              />
            ) : (
              <WebPage channel={channel} person={person} />
            )}
          </section>
        );
      })}
    </div>
  );
}
