import { SewingPinIcon } from '@radix-ui/react-icons';
import type { Act, Button, PhoneMessage } from '../sim.ts';
import { isPill, keyed, opens, readableOn } from './answers.ts';
import css from './buttons.module.css';
import { Handset, ListLines, OutLink, ReplyArrow } from './glyphs.tsx';
import type { Skin } from './skins.ts';

/** What pressing needs: the chat's hand, and what is being pressed just now. */
export interface Hand {
  act(act: Act): void;
  /** `messageId/buttonId` while the provider is asked. */
  pressed?: string;
}

/** Telegram's buttons: rows on the wallpaper, under the bubble. */
export function InlineKeyboard({ message, skin, hand }: { message: PhoneMessage; skin: Skin; hand: Hand }) {
  return (
    <div className={css.inline}>
      {inlineRows(message, skin).map((row, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows never change places.
        <div key={at} className={css.inlineRow}>
          {keyed(row).map(({ key, button }) => (
            <Press key={key} message={message} button={button} hand={hand} className={css.inlineButton}>
              <span dir="auto">{button.text}</span>
              {button.kind === 'link' && (
                <span className={css.corner}>
                  <OutLink />
                </span>
              )}
            </Press>
          ))}
        </div>
      ))}
    </div>
  );
}

/** Buttons as most apps draw them: lines inside the bubble, below the words. */
export function BubbleButtons({
  message,
  skin,
  hand,
  onList,
}: {
  message: PhoneMessage;
  skin: Skin;
  hand: Hand;
  onList: () => void;
}) {
  const buttons = inlineRows(message, skin).flat();
  if (buttons.length === 0 && !message.list) return null;
  return (
    <div className={css.lines} data-lines>
      {message.list && (
        <button type="button" className={css.line} onClick={onList} aria-haspopup="dialog">
          <ListLines />
          <span dir="auto">{message.list.button}</span>
        </button>
      )}
      {keyed(buttons).map(({ key, button }) => (
        <Press key={key} message={message} button={button} hand={hand} className={css.line}>
          <ButtonSign kind={button.kind} />
          <span dir="auto">{button.text}</span>
        </Press>
      ))}
    </div>
  );
}

/** What a button does beyond answering, as a sign before its words. */
function ButtonSign({ kind }: { kind: Button['kind'] }) {
  switch (kind) {
    case 'link':
    case 'webview':
    case 'share':
      return <OutLink />;
    case 'call':
      return <Handset size={15} />;
    case 'location_request':
      return <SewingPinIcon aria-hidden="true" />;
    default:
      return <ReplyArrow />;
  }
}

/** A keyboard where the letters would be: Telegram's reply keyboard, Viber's, a menu that is always there. */
export function ReplyKeyboard({
  keyboard,
  hand,
  name = 'Answers to choose from',
}: {
  keyboard: { messageId: string; buttons: Button[][] };
  hand: Hand;
  name?: string;
}) {
  return (
    <fieldset className={css.keyboard} aria-label={name}>
      {keyboard.buttons.map((row, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows never change places.
        <div key={at} className={css.keyboardRow}>
          {keyed(row).map(({ key, button }) => (
            <button
              key={key}
              type="button"
              className={css.key}
              style={button.colour ? { background: button.colour, color: readableOn(button.colour) } : undefined}
              dir="auto"
              onClick={() => hand.act({ do: 'tap', messageId: keyboard.messageId, buttonId: button.id })}
            >
              {button.imageUrl && <img src={button.imageUrl} alt="" />}
              {button.text}
            </button>
          ))}
        </div>
      ))}
    </fieldset>
  );
}

/** Pictures side by side, each with its own words and buttons. */
export function Cards({ message, hand }: { message: PhoneMessage; hand: Hand }) {
  if (!message.cards?.length) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a row that scrolls must be reachable by the keyboard.
    <ul className={css.cards} aria-label="Cards" tabIndex={0} data-cards data-message={message.id}>
      {message.cards.map((card, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: cards never change places.
        <li key={index} className={css.card}>
          {card.mediaUrl && <img className={css.cardPicture} src={card.mediaUrl} alt="" />}
          {card.title && (
            <p className={css.cardTitle} dir="auto">
              {card.title}
            </p>
          )}
          {card.text && (
            <p className={css.cardText} dir="auto">
              {card.text}
            </p>
          )}
          {keyed(card.buttons.flat()).map(({ key, button }) => (
            <Press key={key} message={message} button={button} hand={hand} className={css.line}>
              <ButtonSign kind={button.kind} />
              <span dir="auto">{button.text}</span>
            </Press>
          ))}
        </li>
      ))}
    </ul>
  );
}

function Press({
  message,
  button,
  hand,
  className,
  children,
}: {
  message: PhoneMessage;
  button: Button;
  hand: Hand;
  className: string | undefined;
  children: React.ReactNode;
}) {
  const url = opens(button);
  const tap = () => hand.act({ do: 'tap', messageId: message.id, buttonId: button.id });
  if (url) {
    return (
      <a className={className} href={url} target="_blank" rel="noopener noreferrer" onClick={tap}>
        {children}
      </a>
    );
  }
  return (
    <button
      type="button"
      className={className}
      data-busy={hand.pressed === `${message.id}/${button.id}` || undefined}
      onClick={tap}
    >
      {children}
    </button>
  );
}

/** The rows of a message's buttons that lie with it; those of a keyboard and quick answers lie at the input line. */
export function inlineRows(message: PhoneMessage, skin: Skin): Button[][] {
  return (message.buttons ?? [])
    .map((row) => row.filter((button) => button.style !== 'keyboard' && !isPill(button, skin)))
    .filter((row) => row.length > 0);
}
