import { type ReactNode, useId } from 'react';
import css from './channels.module.css';

/** A part of a channel's page. */
export function Panel({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className={css.panel} aria-labelledby={id}>
      <header className={css.panelHead}>
        <h2 id={id} className={css.panelTitle}>
          {title}
        </h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
