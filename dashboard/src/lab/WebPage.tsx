import { LockClosedIcon, ReloadIcon } from '@radix-ui/react-icons';
import { useState } from 'react';
import type { LabChannel } from '../api/types.ts';
import type { Person } from './sim.ts';
import css from './web_page.module.css';

/** A customer's browser at a little shop, with the real widget on its page. Each person is a visitor of their own. */
export function WebPage({ channel, person }: { channel: LabChannel; person: Person }) {
  const [visit, setVisit] = useState(0);
  const query = new URLSearchParams({ channel: channel.id, person: person.id, name: person.name });
  return (
    <div className={css.browser}>
      <div className={css.bar}>
        <span className={css.dots} aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
        <span className={css.address}>
          <LockClosedIcon aria-hidden="true" width={12} height={12} />
          tributary-coffee.example
        </span>
        <button
          type="button"
          className={css.reload}
          onClick={() => setVisit((now) => now + 1)}
          aria-label="Load the page again"
        >
          <ReloadIcon />
        </button>
      </div>
      <iframe
        key={`${person.id}/${visit}`}
        className={css.page}
        src={`/lab/site.html?${query}`}
        title="A shop with the web chat"
      />
    </div>
  );
}
