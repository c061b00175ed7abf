import type { Act, Person } from '../sim.ts';
import css from './phone.module.css';
import { samplePicture } from './samples.ts';
import type { Skin } from './skins.ts';

/** An empty chat: one sentence, and three first things to say. */
export function Hints({ skin, person, onAct }: { skin: Skin; person: Person; onAct: (act: Act) => void }) {
  const first = person.telegram.firstName;
  return (
    <div className={css.hints}>
      <p className={css.hintWords}>
        You are {first} on {skin.name}. Write something, and the bot answers.
      </p>
      <div className={css.chips}>
        <button type="button" className={css.chip} onClick={() => onAct({ do: 'text', text: 'Hello!' })}>
          Say hello
        </button>
        <button type="button" className={css.chip} onClick={() => onAct({ do: 'text', text: 'menu' })}>
          menu
        </button>
        <button type="button" className={css.chip} onClick={() => onAct({ do: 'image', ...samplePicture(person.hue) })}>
          Send a picture
        </button>
      </div>
    </div>
  );
}
