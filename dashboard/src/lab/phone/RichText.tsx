import type { ReactNode } from 'react';
import type { PhoneMessage } from '../sim.ts';
import css from './bubble.module.css';
import { type Mark, type Run, runs } from './runs.ts';

const TAGS: Record<Mark, 'strong' | 'em' | 'u' | 's' | 'code'> = {
  bold: 'strong',
  italic: 'em',
  underline: 'u',
  strike: 's',
  code: 'code',
};

/** A text with the entities the provider understood: bold is bold, a link can be followed. */
export function RichText({ text, entities }: Pick<PhoneMessage, 'text' | 'entities'>) {
  return (
    <span className={css.words} dir="auto">
      {runs(text ?? '', entities).map((run, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: runs have no life of their own, the text is drawn whole.
        <Piece key={index} run={run} />
      ))}
    </span>
  );
}

function Piece({ run }: { run: Run }) {
  const inner = run.marks.reduceRight<ReactNode>((children, mark) => {
    const Tag = TAGS[mark];
    return <Tag key={mark}>{children}</Tag>;
  }, run.text);
  if (!run.url) return inner;
  return (
    <a href={run.url} target="_blank" rel="noopener noreferrer">
      {inner}
    </a>
  );
}
