import type { Act, Button, PhoneMessage } from '../sim.ts';
import css from './buttons.module.css';
import { ListLines, OutLink, ReplyArrow } from './glyphs.tsx';
import { safeUrl } from './runs.ts';

/** What pressing needs: the chat's hand, and what is being pressed just now. */
export interface Hand {
  act(act: Act): void;
  /** `messageId/buttonId` while the provider is asked. */
  pressed?: string;
}

/** Telegram's buttons: rows on the wallpaper, under the bubble. */
export function InlineKeyboard({ message, hand }: { message: PhoneMessage; hand: Hand }) {
  return (
    <div className={css.inline}>
      {rowsOf(message, 'inline').map((row) => (
        <div key={row.map((button) => button.id).join()} className={css.inlineRow}>
          {row.map((button) => (
            <Press key={button.id} message={message} button={button} hand={hand} className={css.inlineButton}>
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

/** WhatsApp's buttons: lines inside the bubble, below the words. */
export function BubbleButtons({ message, hand, onList }: { message: PhoneMessage; hand: Hand; onList: () => void }) {
  const buttons = rowsOf(message, 'inline').flat();
  if (buttons.length === 0 && !message.list) return null;
  return (
    <div className={css.lines}>
      {message.list && (
        <button type="button" className={css.line} onClick={onList} aria-haspopup="dialog">
          <ListLines />
          <span dir="auto">{message.list.button}</span>
        </button>
      )}
      {buttons.map((button) => (
        <Press key={button.id} message={message} button={button} hand={hand} className={css.line}>
          {button.kind === 'link' ? <OutLink /> : <ReplyArrow />}
          <span dir="auto">{button.text}</span>
        </Press>
      ))}
    </div>
  );
}

/** Telegram's reply keyboard, where the letters would be. */
export function ReplyKeyboard({
  keyboard,
  hand,
}: {
  keyboard: { messageId: string; buttons: Button[][] };
  hand: Hand;
}) {
  return (
    <fieldset className={css.keyboard} aria-label="Answers to choose from">
      {keyboard.buttons.map((row) => (
        <div key={row.map((button) => button.id).join()} className={css.keyboardRow}>
          {row.map((button) => (
            <button
              key={button.id}
              type="button"
              className={css.key}
              dir="auto"
              onClick={() => hand.act({ do: 'tap', messageId: keyboard.messageId, buttonId: button.id })}
            >
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
    <ul className={css.cards} aria-label="Cards" tabIndex={0}>
      {message.cards.map((card, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: cards never change places.
        <li key={index} className={css.card}>
          {card.mediaUrl && <img className={css.cardPicture} src={card.mediaUrl} alt="" />}
          {card.text && (
            <p className={css.cardText} dir="auto">
              {card.text}
            </p>
          )}
          {card.buttons.flat().map((button) => (
            <Press key={button.id} message={message} button={button} hand={hand} className={css.line}>
              {button.kind === 'link' ? <OutLink /> : <ReplyArrow />}
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
  const url = button.kind === 'link' && button.url ? safeUrl(button.url) : undefined;
  if (url) {
    return (
      <a className={className} href={url} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
    );
  }
  return (
    <button
      type="button"
      className={className}
      data-busy={hand.pressed === `${message.id}/${button.id}` || undefined}
      onClick={() => hand.act({ do: 'tap', messageId: message.id, buttonId: button.id })}
    >
      {children}
    </button>
  );
}

/** The rows of a message's buttons that lie with it; those of a reply keyboard lie under the input line. */
function rowsOf(message: PhoneMessage, style: 'inline' | 'keyboard'): Button[][] {
  return (message.buttons ?? [])
    .map((row) => row.filter((button) => (button.style ?? 'inline') === style))
    .filter((row) => row.length > 0);
}

/** Has the message buttons of its own to press? */
export const hasInline = (message: PhoneMessage): boolean => rowsOf(message, 'inline').length > 0;
