import { Menu } from '@mantine/core';
import { ActivityLogIcon, DotsHorizontalIcon, Pencil1Icon, ResetIcon, TrashIcon } from '@radix-ui/react-icons';
import type { Act, PhoneMessage } from '../sim.ts';
import { BubbleButtons, Cards, type Hand, InlineKeyboard, inlineRows } from './Buttons.tsx';
import css from './bubble.module.css';
import { Files } from './Files.tsx';
import { Tail, TailAbove } from './glyphs.tsx';
import type { Placed } from './groups.ts';
import { Media } from './Media.tsx';
import { Meta } from './Meta.tsx';
import { RichText } from './RichText.tsx';
import type { Skin } from './skins.ts';

const REACTIONS = ['👍', '❤️', '😂', '😮', '🙏'] as const;
const BARE = new Set<PhoneMessage['kind']>(['sticker']);
const FRAMED = new Set<PhoneMessage['kind']>(['image', 'video', 'location']);

/** What one can do with a message beside its own buttons. */
export interface BubbleActs {
  hand: Hand;
  deeds: ReadonlySet<Act['do']>;
  pick(message: PhoneMessage): void;
  reply(message: PhoneMessage): void;
  edit(message: PhoneMessage): void;
  openList(message: PhoneMessage): void;
}

/** One message as the app draws it. */
export function Bubble({
  placed,
  quoted,
  title,
  skin,
  picked,
  acts,
}: {
  placed: Placed;
  quoted?: PhoneMessage;
  title: string;
  skin: Skin;
  picked: boolean;
  acts: BubbleActs;
}) {
  const { message, first, last, day } = placed;
  return (
    <>
      {day && (
        <li className={css.day}>
          <span className={css.pill}>{day}</span>
        </li>
      )}
      {message.kind === 'service' ? (
        <li className={css.day}>
          <span className={css.pill}>{message.text}</span>
        </li>
      ) : (
        <li
          className={css.row}
          data-from={message.from}
          data-first={first || undefined}
          data-last={last || undefined}
          data-picked={picked || undefined}
        >
          <div className={css.column}>
            {!isHollow(message, skin) && (
              <Body
                message={message}
                quoted={quoted}
                title={title}
                skin={skin}
                acts={acts}
                tail={skin.tail === 'below' ? last : first}
              />
            )}
            {message.cards && !message.deleted && <Cards message={message} hand={acts.hand} />}
            {skin.buttons === 'below' && inlineRows(message, skin).length > 0 && !message.deleted && (
              <InlineKeyboard message={message} skin={skin} hand={acts.hand} />
            )}
            {skin.time === 'under' && <Meta message={message} onPick={() => acts.pick(message)} />}
          </div>
          {skin.time === 'beside' && <Meta message={message} onPick={() => acts.pick(message)} />}
          {!message.id.startsWith('local-') && <MessageMenu message={message} acts={acts} />}
        </li>
      )}
    </>
  );
}

/** Cards alone stand by themselves: no bubble is drawn for words that are not there. */
function isHollow(message: PhoneMessage, skin: Skin): boolean {
  const { kind, text, header, footer, list, cards, deleted } = message;
  if (deleted || !cards?.length || kind !== 'text' || text || header || footer || list) return false;
  return skin.buttons === 'below' || inlineRows(message, skin).length === 0;
}

function Body({
  message,
  quoted,
  title,
  skin,
  acts,
  tail,
}: {
  message: PhoneMessage;
  quoted?: PhoneMessage;
  title: string;
  skin: Skin;
  acts: BubbleActs;
  tail: boolean;
}) {
  const bare = BARE.has(message.kind);
  const words = !bare && message.kind !== 'contact' && message.text;
  const framed = FRAMED.has(message.kind) && !message.deleted;
  return (
    <div
      className={css.bubble}
      data-message={message.id}
      data-kind={message.kind}
      data-bare={bare || undefined}
      data-framed={framed || undefined}
      data-wordless={!words || undefined}
    >
      {tail && !bare && skin.tail === 'below' && <Tail className={css.tail} />}
      {tail && !bare && skin.tail === 'above' && <TailAbove className={css.tail} />}
      {quoted && (
        <div className={css.quote}>
          <span className={css.quoteName}>{quoted.from === 'customer' ? 'You' : title}</span>
          <span className={css.quoteText}>{quoted.text ?? quoted.filename ?? NAMES[quoted.kind]}</span>
        </div>
      )}
      <div className={css.said}>
        {message.deleted ? (
          <span className={css.deleted}>This message was deleted</span>
        ) : (
          <>
            {message.header && (
              <strong className={css.header} dir="auto">
                {message.header}
              </strong>
            )}
            {message.kind === 'contact' ? <ContactCard text={message.text} /> : <Media message={message} />}
            {message.attachments && message.attachments.length > 0 && <Files files={message.attachments} />}
            {words && (
              <div className={css.text}>
                <RichText text={message.text} entities={message.entities} />
                {!message.footer && skin.time === 'inside' && (
                  <span className={css.room} data-edited={message.edited || undefined} />
                )}
              </div>
            )}
            {message.footer && (
              <div className={css.footer} dir="auto">
                {message.footer}
              </div>
            )}
          </>
        )}
        {skin.time === 'inside' && <Meta message={message} onPick={() => acts.pick(message)} />}
      </div>
      {skin.buttons === 'inside' && !message.deleted && (
        <BubbleButtons message={message} skin={skin} hand={acts.hand} onList={() => acts.openList(message)} />
      )}
      {message.reactions && message.reactions.length > 0 && (
        <div className={css.reactions}>
          {message.reactions.map((emoji) => (
            <span key={emoji}>{emoji}</span>
          ))}
        </div>
      )}
    </div>
  );
}

function ContactCard({ text }: { text?: string }) {
  const [name = 'Contact', ...rest] = (text ?? '').split('\n');
  return (
    <div className={css.contact}>
      <span className={css.contactFace} aria-hidden="true">
        {[...name][0]}
      </span>
      <span className={css.contactWords}>
        <strong dir="auto">{name}</strong>
        {rest.map((line) => (
          <span key={line}>{line}</span>
        ))}
      </span>
    </div>
  );
}

function MessageMenu({ message, acts }: { message: PhoneMessage; acts: BubbleActs }) {
  const own = message.from === 'customer';
  const reaction = message.reactions?.[0];
  return (
    <Menu position={own ? 'left-start' : 'right-start'} width={208}>
      <Menu.Target>
        <button type="button" className={css.more} aria-label="What to do with this message">
          <DotsHorizontalIcon />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {!own && acts.deeds.has('react') && (
          <div className={css.react}>
            {REACTIONS.map((emoji) => (
              <Menu.Item
                key={emoji}
                className={css.reactItem}
                data-on={reaction === emoji || undefined}
                aria-label={`React ${emoji}`}
                onClick={() =>
                  acts.hand.act({ do: 'react', messageId: message.id, emoji: reaction === emoji ? null : emoji })
                }
              >
                {emoji}
              </Menu.Item>
            ))}
          </div>
        )}
        <Menu.Item leftSection={<ActivityLogIcon />} onClick={() => acts.pick(message)}>
          What happened
        </Menu.Item>
        <Menu.Item leftSection={<ResetIcon />} onClick={() => acts.reply(message)}>
          Reply
        </Menu.Item>
        {own && message.kind === 'text' && !message.deleted && acts.deeds.has('edit') && (
          <Menu.Item leftSection={<Pencil1Icon />} onClick={() => acts.edit(message)}>
            Edit
          </Menu.Item>
        )}
        {own && !message.deleted && acts.deeds.has('unsend') && (
          <Menu.Item leftSection={<TrashIcon />} onClick={() => acts.hand.act({ do: 'unsend', messageId: message.id })}>
            Unsend
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

const NAMES: Record<PhoneMessage['kind'], string> = {
  text: 'Message',
  image: 'Picture',
  video: 'Video',
  audio: 'Voice note',
  document: 'File',
  sticker: 'Sticker',
  location: 'Location',
  contact: 'Contact card',
  list: 'List',
  mail: 'Mail',
  call: 'Call',
  service: '',
};
