import { Menu } from '@mantine/core';
import { DotsHorizontalIcon } from '@radix-ui/react-icons';
import type { LabChannel } from '../api/types.ts';
import css from './lab.module.css';
import type { Skin } from './phone/skins.ts';
import { useRecorder } from './recorder.ts';
import { type Act, type Person, useAct, usePhone, usePlayed } from './sim.ts';

/** What can befall a phone beyond talking, as far as its provider knows it. */
const DEEDS: readonly { words: string; act: Act }[] = [
  { words: 'Read all messages', act: { do: 'read' } },
  { words: 'Open the chat by its button', act: { do: 'start' } },
  { words: 'Follow the business', act: { do: 'follow' } },
  { words: 'Unfollow the business', act: { do: 'unfollow' } },
  { words: 'Mention the business in a story', act: { do: 'story_mention' } },
  { words: 'Answer a story of the business', act: { do: 'story_reply', text: 'Where can I get this?' } },
  { words: 'Share a post', act: { do: 'share', title: 'A morning in the roastery' } },
  { words: 'Go out of reach', act: { do: 'device', reach: 'offline' } },
  { words: 'Come back in reach', act: { do: 'device', reach: 'rcs' } },
  { words: 'Take a phone without it', act: { do: 'device', reach: 'none' } },
  { words: 'Let 25 hours pass', act: { do: 'elapse', hours: 25 } },
  { words: 'Answer from the business’s phone', act: { do: 'echo', text: 'Hello from the shop’s own phone.' } },
];

/** The phone's recorder, and the menu of what is not done with its screen. */
export function PhoneMenu({ channel, skin, person }: { channel: LabChannel; skin: Skin; person: Person }) {
  const phone = usePhone(skin.provider, channel.account, person.id);
  const { mutate } = useAct(skin.provider, channel.account, person.id);
  const deeds = usePlayed(skin.provider);
  const recorder = useRecorder({ provider: skin.provider, account: channel.account, person: person.id });
  const blocked = phone.data?.blocked ?? false;
  const running = recorder.count !== undefined;
  return (
    <span className={css.phoneTools}>
      {running && (
        <button type="button" className={css.recording} onClick={recorder.save}>
          <i className={css.recordingDot} aria-hidden="true" />
          {recorder.count === 0 ? 'Stop' : `Save ${recorder.count}`}
          <span className="visually-hidden">: recording {skin.name}</span>
        </button>
      )}
      <Menu position="bottom-end" width={260}>
        <Menu.Target>
          <button type="button" className={css.phoneMenu} aria-label={`More on ${skin.name}`}>
            <DotsHorizontalIcon />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {deeds.has('block') && (
            <Menu.Item onClick={() => mutate({ do: blocked ? 'unblock' : 'block' })}>
              {blocked ? 'Unblock the business' : 'Block the business'}
            </Menu.Item>
          )}
          {DEEDS.filter(({ act }) => deeds.has(act.do)).map(({ words, act }) => (
            <Menu.Item key={words} onClick={() => mutate(act)}>
              {words}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={running ? recorder.save : recorder.start}>
            {running ? 'Stop recording' : 'Record webhooks as fixtures'}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </span>
  );
}
