import type { Button } from '../sim.ts';
import { keyed, opens } from './answers.ts';
import css from './buttons.module.css';

/** Answers to choose from, over the input line: quick replies, suggestions, numbered choices. They go with the next message. */
export function Pills({ buttons, onPress }: { buttons: readonly Button[]; onPress: (button: Button) => void }) {
  if (buttons.length === 0) return null;
  return (
    <fieldset className={css.pills} aria-label="Quick answers">
      {keyed(buttons).map(({ key, button }) => {
        const words = (
          <>
            {button.imageUrl && <img src={button.imageUrl} alt="" />}
            <span dir="auto">{button.text}</span>
          </>
        );
        const url = opens(button);
        return url ? (
          <a
            key={key}
            className={css.pill}
            href={url}
            target="_blank"
            rel="noopener noreferrer"
            onClick={() => onPress(button)}
          >
            {words}
          </a>
        ) : (
          <button key={key} type="button" className={css.pill} onClick={() => onPress(button)}>
            {words}
          </button>
        );
      })}
    </fieldset>
  );
}
