import type { Person } from '../sim.ts';
import css from './phone.module.css';
import type { PhoneHand } from './use_hand.ts';

/** What went wrong, above the input line, with another try where the words are not in the line already. */
export function Trouble({ hand }: { hand: PhoneHand }) {
  const { problem } = hand;
  if (!problem) return null;
  const { act } = problem;
  return (
    <div className={css.problem} role="alert">
      <span>{problem.sentence}</span>
      {act && act.do !== 'text' && act.do !== 'edit' && (
        <button type="button" onClick={() => void hand.act(act)}>
          Try again
        </button>
      )}
      <button type="button" onClick={() => hand.setProblem(undefined)}>
        Close
      </button>
    </div>
  );
}

/** In place of the input line, while the person wants to hear nothing. */
export function Blocked({ person, hand }: { person: Person; hand: PhoneHand }) {
  return (
    <button type="button" className={css.unblock} onClick={() => void hand.act({ do: 'unblock' })}>
      {person.name} has blocked this business. Unblock
    </button>
  );
}
