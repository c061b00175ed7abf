import { withoutLongIds } from './lines.ts';
import css from './trace.module.css';

/** A sentence of a story, its long ids shortened; the whole id shows on pointing and stands in the evidence. */
export function Sentence({ text }: { text: string }) {
  return withoutLongIds(text).map((piece, index) =>
    piece.id ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: a sentence is drawn whole.
      <code key={index} className={css.id} title={piece.id}>
        {piece.text}
      </code>
    ) : (
      piece.text
    ),
  );
}
