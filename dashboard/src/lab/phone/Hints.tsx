import type { Act, Person, Phone } from '../sim.ts';
import css from './phone.module.css';
import { samplePicture } from './samples.ts';
import type { Skin } from './skins.ts';

type Hint = [words: string, act: () => Act];

/** An empty chat: one sentence, and first things to do: those the business offers there, else three of ours. */
export function Hints({
  skin,
  person,
  deeds,
  starters,
  onAct,
}: {
  skin: Skin;
  person: Person;
  deeds: ReadonlySet<Act['do']>;
  starters?: Phone['starters'];
  onAct: (act: Act) => void;
}) {
  const offered = (starters ?? []).map(
    ({ id, text, kind }): Hint => [
      text,
      () => (kind === 'command' ? { do: 'text', text: id } : { do: 'start', payload: id }),
    ],
  );
  const ours: Hint[] = [
    ['Say hello', () => ({ do: 'text', text: 'Hello!' })],
    ['menu', () => ({ do: 'text', text: 'menu' })],
    ['Send a picture', () => ({ do: 'image', ...samplePicture(person.hue) })],
  ];
  return (
    <div className={css.hints}>
      <p className={css.hintWords}>
        You are {person.telegram.firstName} on {skin.name}. Write something, and the bot answers.
      </p>
      <div className={css.chips}>
        {(offered.length > 0 ? offered : ours.slice(0, deeds.has('image') ? 3 : 2)).map(([words, make]) => (
          <button key={words} type="button" className={css.chip} onClick={() => onAct(make())}>
            {words}
          </button>
        ))}
      </div>
    </div>
  );
}
