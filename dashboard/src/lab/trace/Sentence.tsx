import { piecesOf } from './lines.ts';
import css from './trace.module.css';

/** A sentence of a story, its long ids shortened and its days in words; the whole shows on pointing and stands in the evidence. */
export function Sentence({ text }: { text: string }) {
  return piecesOf(text).map((piece, index) => {
    if (piece.id) {
      return (
        // biome-ignore lint/suspicious/noArrayIndexKey: a sentence is drawn whole.
        <code key={index} className={css.id} title={piece.id}>
          {piece.text}
        </code>
      );
    }
    if (piece.day) {
      return (
        // biome-ignore lint/suspicious/noArrayIndexKey: a sentence is drawn whole.
        <time key={index} className={css.day} dateTime={piece.day}>
          {piece.text}
        </time>
      );
    }
    return piece.text;
  });
}
