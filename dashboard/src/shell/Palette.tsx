import { Modal } from '@mantine/core';
import { CheckIcon, MagnifyingGlassIcon } from '@radix-ui/react-icons';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { type Command, matching, useOffered } from './commands.ts';
import css from './palette.module.css';

/** ⌘K: everything the page can do, by name. Arrows move, Enter does, Escape leaves. */
export function Palette({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      size={560}
      yOffset="14vh"
      lockScroll={false}
      transitionProps={{ transition: 'fade', duration: 80 }}
      classNames={{ content: css.content, body: css.body }}
      attributes={{ content: { 'aria-label': 'Commands' } }}
    >
      <Search onClose={onClose} />
    </Modal>
  );
}

function Search({ onClose }: { onClose: () => void }) {
  const offered = useOffered();
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const listId = useId();
  const found = matching(offered, query);
  const current = Math.min(at, found.length - 1);
  const chosen = useRef<HTMLDivElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen row changes with `current`.
  useEffect(() => chosen.current?.scrollIntoView({ block: 'nearest' }), [current]);

  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      setAt((current + step + found.length) % found.length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(found[current]);
    }
  };

  return (
    <>
      <div className={css.search}>
        <MagnifyingGlassIcon aria-hidden="true" />
        <input
          className={css.input}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          placeholder="What would you like to do?"
          aria-label="Search commands"
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={found[current] ? `${listId}-${current}` : undefined}
          data-autofocus
        />
      </div>
      <div className={css.list} id={listId} role="listbox" aria-label="Commands" tabIndex={-1}>
        {found.map((command, index) => (
          <div key={command.id}>
            {command.group !== found[index - 1]?.group && (
              <div className={css.group} role="presentation">
                {command.group}
              </div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the search box's, as in every combobox. */}
            <div
              ref={index === current ? chosen : undefined}
              id={`${listId}-${index}`}
              className={css.row}
              role="option"
              tabIndex={-1}
              aria-selected={index === current}
              onClick={() => run(command)}
              onPointerMove={() => setAt(index)}
            >
              {command.title}
              {command.on && <CheckIcon aria-label="on" />}
            </div>
          </div>
        ))}
        {found.length === 0 && <p className={css.nothing}>Nothing is called that. Try “theme” or a person’s name.</p>}
      </div>
    </>
  );
}
