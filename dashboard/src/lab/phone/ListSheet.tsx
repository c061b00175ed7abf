import { FocusTrap } from '@mantine/core';
import { Cross2Icon } from '@radix-ui/react-icons';
import { useId, useState } from 'react';
import type { PhoneMessage } from '../sim.ts';
import css from './list_sheet.module.css';

/** The sheet a list message opens: choose one row, then send it. */
export function ListSheet({
  message,
  onChoose,
  onClose,
}: {
  message: PhoneMessage;
  onChoose: (rowId: string) => void;
  onClose: () => void;
}) {
  const [chosen, setChosen] = useState<string>();
  const id = useId();
  return (
    <div className={css.layer}>
      <button type="button" className={css.scrim} onClick={onClose} tabIndex={-1} aria-label="Close the list" />
      <FocusTrap active>
        <div
          className={css.sheet}
          role="dialog"
          aria-modal="true"
          aria-labelledby={`${id}-title`}
          onKeyDown={(event) => {
            if (event.key === 'Escape') onClose();
          }}
        >
          <div className={css.top}>
            <button type="button" className={css.close} onClick={onClose} aria-label="Close">
              <Cross2Icon width={18} height={18} />
            </button>
            <p id={`${id}-title`} className={css.title} dir="auto">
              {message.list?.button}
            </p>
          </div>
          <div className={css.rows}>
            {message.list?.sections.map((section, index) => (
              <fieldset key={section.title ?? index} className={css.section}>
                {section.title && (
                  <legend className={css.sectionTitle} dir="auto">
                    {section.title}
                  </legend>
                )}
                {section.rows.map((row) => (
                  <label key={row.id} className={css.row}>
                    <span className={css.rowWords} dir="auto">
                      {row.title}
                      {row.description && <span className={css.rowMore}>{row.description}</span>}
                    </span>
                    <input type="radio" name={id} checked={chosen === row.id} onChange={() => setChosen(row.id)} />
                  </label>
                ))}
              </fieldset>
            ))}
          </div>
          <div className={css.foot}>
            <button type="button" className={css.send} disabled={!chosen} onClick={() => chosen && onChoose(chosen)}>
              Send
            </button>
          </div>
        </div>
      </FocusTrap>
    </div>
  );
}
