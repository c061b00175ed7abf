import { Menu } from '@mantine/core';
import {
  Cross2Icon,
  FileIcon,
  HeartIcon,
  IdCardIcon,
  ImageIcon,
  MagicWandIcon,
  Pencil1Icon,
  ResetIcon,
  SewingPinIcon,
} from '@radix-ui/react-icons';
import { type FormEvent, type KeyboardEvent, useEffect, useImperativeHandle, useRef, useState } from 'react';
import type { Act, Person, PhoneMessage } from '../sim.ts';
import css from './composer.module.css';
import { Clip, Keys, SendPlane, SendUp, Smile } from './glyphs.tsx';
import { fileSample, kindOfFile, samplePicture } from './samples.ts';
import type { Skin } from './skins.ts';

const ATTACHED = ['image', 'video', 'audio', 'document', 'location', 'contact'] as const;
const STICKERS = ['👋', '😀', '🎉', '❤️', '👍', '🙏', '☕', '🐱'] as const;
/** How often a provider is told that somebody still types. */
const TYPING_EVERY_MS = 4000;
/** Most apps take more; the Lab keeps the file in memory. */
const FILE_MAX = 16 * 1024 * 1024;

/** What the next words are about. */
export type About = { kind: 'reply' | 'edit'; message: PhoneMessage } | undefined;
export interface ComposerHandle {
  focus(): void;
}

/** The line at the phone's foot: words, files, places, stickers. */
export function Composer({
  skin,
  person,
  deeds,
  about,
  onAbout,
  onAct,
  onProblem,
  keyboard,
  ref,
}: {
  skin: Skin;
  person: Person;
  deeds: ReadonlySet<Act['do']>;
  about: About;
  onAbout: (about: About) => void;
  onAct: (act: Act) => Promise<boolean>;
  onProblem: (sentence: string) => void;
  keyboard?: { shown: boolean; toggle: () => void };
  ref?: React.Ref<ComposerHandle>;
}) {
  const [text, setText] = useState('');
  const area = useRef<HTMLTextAreaElement>(null);
  const picture = useRef<HTMLInputElement>(null);
  const file = useRef<HTMLInputElement>(null);
  useImperativeHandle(ref, () => ({ focus: () => area.current?.focus() }), []);

  useEffect(() => {
    if (!about) return;
    if (about.kind === 'edit') setText(about.message.text ?? '');
    area.current?.focus();
  }, [about]);

  const typedAt = useRef(0);
  const tellTyping = () => {
    if (!deeds.has('typing') || Date.now() - typedAt.current < TYPING_EVERY_MS) return;
    typedAt.current = Date.now();
    void onAct({ do: 'typing', on: true });
  };

  const send = async (event?: FormEvent) => {
    event?.preventDefault();
    const said = text.trim();
    if (!said) return;
    setText('');
    onAbout(undefined);
    const done = await onAct(
      about?.kind === 'edit'
        ? { do: 'edit', messageId: about.message.id, text: said }
        : { do: 'text', text: said, ...(about ? { replyTo: about.message.id } : {}) },
    );
    // The words come back to be sent again, unless others were begun meanwhile.
    if (!done) setText((now) => now || said);
  };
  const attach = async (chosen: File | undefined) => {
    if (!chosen) return;
    if (chosen.size > FILE_MAX) return onProblem(`${chosen.name} is larger than 16 MB, the most this phone sends.`);
    const sample = await fileSample(chosen);
    await onAct({ do: kindOfFile(sample.mimeType), ...sample });
  };
  const leave = () => {
    if (about?.kind === 'edit') setText('');
    onAbout(undefined);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) void send(event);
    else if (event.key === 'Escape' && about) leave();
  };

  const attachMenu = ATTACHED.some((deed) => deeds.has(deed)) && (
    <Menu position="top-start" width={220}>
      <Menu.Target>
        <button type="button" className={css.icon} aria-label="Attach">
          <Clip />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {deeds.has('image') && (
          <Menu.Item
            leftSection={<MagicWandIcon />}
            onClick={() => void onAct({ do: 'image', ...samplePicture(person.hue) })}
          >
            A sample picture
          </Menu.Item>
        )}
        {(deeds.has('image') || deeds.has('video')) && (
          <Menu.Item leftSection={<ImageIcon />} onClick={() => picture.current?.click()}>
            Picture or video…
          </Menu.Item>
        )}
        {deeds.has('document') && (
          <Menu.Item leftSection={<FileIcon />} onClick={() => file.current?.click()}>
            File…
          </Menu.Item>
        )}
        {deeds.has('location') && (
          <Menu.Item
            leftSection={<SewingPinIcon />}
            onClick={() =>
              void onAct({ do: 'location', latitude: 52.5206, longitude: 13.4098, name: 'Alexanderplatz' })
            }
          >
            Location
          </Menu.Item>
        )}
        {deeds.has('contact') && (
          <Menu.Item leftSection={<IdCardIcon />} onClick={() => void onAct({ do: 'contact' })}>
            Contact card
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
  const stickerMenu = deeds.has('sticker') && (
    <Menu position="top" width={196}>
      <Menu.Target>
        <button type="button" className={css.icon} aria-label="Send a sticker">
          <Smile />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={css.stickers}>
          {STICKERS.map((emoji) => (
            <Menu.Item
              key={emoji}
              className={css.sticker}
              aria-label={`Sticker ${emoji}`}
              onClick={() => void onAct({ do: 'sticker', emoji })}
            >
              {emoji}
            </Menu.Item>
          ))}
        </div>
      </Menu.Dropdown>
    </Menu>
  );

  return (
    <form className={css.composer} onSubmit={(event) => void send(event)}>
      {about && (
        <div className={css.about}>
          {about.kind === 'edit' ? <Pencil1Icon aria-hidden="true" /> : <ResetIcon aria-hidden="true" />}
          <span className={css.aboutWords}>
            <strong>{about.kind === 'edit' ? 'Edit' : 'Reply'}</strong>
            <span>{about.message.text ?? about.message.filename ?? 'Message'}</span>
          </span>
          <button type="button" className={css.icon} onClick={leave} aria-label="Leave it">
            <Cross2Icon />
          </button>
        </div>
      )}
      <div className={css.line}>
        {skin.clip === 'before' && attachMenu}
        <div className={css.field}>
          {skin.clip === 'within' && stickerMenu}
          <textarea
            ref={area}
            className={css.area}
            rows={1}
            value={text}
            dir="auto"
            placeholder={skin.placeholder}
            aria-label={`Write on ${skin.name}`}
            onChange={(event) => {
              setText(event.target.value);
              tellTyping();
            }}
            onKeyDown={onKeyDown}
          />
          {keyboard && (
            <button
              type="button"
              className={css.icon}
              aria-label="Answers to choose from"
              aria-pressed={keyboard.shown}
              onClick={keyboard.toggle}
            >
              <Keys />
            </button>
          )}
          {skin.clip === 'before' ? stickerMenu : attachMenu}
        </div>
        {skin.heart && deeds.has('sticker') && text.trim() === '' ? (
          <button
            type="button"
            className={css.icon}
            aria-label="Send a heart"
            onClick={() => void onAct({ do: 'sticker', emoji: '❤️' })}
          >
            <HeartIcon width={20} height={20} />
          </button>
        ) : (
          <button type="submit" className={css.send} aria-label="Send" disabled={text.trim() === ''}>
            {skin.clip === 'before' ? <SendUp /> : <SendPlane />}
          </button>
        )}
      </div>
      <input
        ref={picture}
        type="file"
        hidden
        accept="image/*,video/*"
        aria-label="Picture or video"
        onChange={(event) => {
          void attach(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
      <input
        ref={file}
        type="file"
        hidden
        aria-label="File"
        onChange={(event) => {
          void attach(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
    </form>
  );
}
