import type { FormEvent, ReactNode } from 'react';
import { Mark } from '../shell/Mark.tsx';
import css from './session.module.css';

/** A card in the middle of an empty page: the first thing a person sees of us. */
export function SessionCard({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main id="page" className={css.page}>
      <div className={css.card}>
        <div className={css.mark}>
          <Mark size={36} coloured />
        </div>
        <h1 className={css.title}>{title}</h1>
        {children}
      </div>
    </main>
  );
}

/** What was typed, by the names of the fields. */
export function readForm(event: FormEvent<HTMLFormElement>): Record<string, string> {
  event.preventDefault();
  return Object.fromEntries([...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)]));
}
