import { ChevronRightIcon } from '@radix-ui/react-icons';
import { type ReactNode, useId, useState } from 'react';
import { Evidence } from './Evidence.tsx';
import type { Tone } from './lines.ts';
import css from './trace.module.css';

/** One line of a story; it opens where there is something to show. */
export function Line({
  icon,
  title,
  detail,
  aside,
  tone = 'plain',
  evidence,
}: {
  icon: ReactNode;
  title: ReactNode;
  detail?: ReactNode;
  aside?: ReactNode;
  tone?: Tone;
  evidence?: { label: string; value: unknown }[];
}) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const shown = evidence?.filter(({ value }) => value !== undefined && value !== null) ?? [];
  const inner = (
    <>
      <span className={css.icon}>{icon}</span>
      <span className={css.words}>
        <span className={css.title}>{title}</span>
        {detail && <span className={css.detail}>{detail}</span>}
      </span>
      {aside && <span className={css.aside}>{aside}</span>}
    </>
  );
  return (
    <li className={css.line} data-tone={tone}>
      {shown.length === 0 ? (
        <div className={css.head}>
          {inner}
          <span className={css.chevron} />
        </div>
      ) : (
        <button
          type="button"
          className={css.head}
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen((now) => !now)}
        >
          {inner}
          <ChevronRightIcon className={css.chevron} aria-hidden="true" />
        </button>
      )}
      {open && (
        <div id={id} className={css.opened}>
          {shown.map(({ label, value }) => (
            <div key={label}>
              {shown.length > 1 && <p className={css.label}>{label}</p>}
              <Evidence value={value} label={label} />
            </div>
          ))}
        </div>
      )}
    </li>
  );
}
