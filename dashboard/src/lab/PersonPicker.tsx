import { Menu } from '@mantine/core';
import { CheckIcon, ChevronDownIcon } from '@radix-ui/react-icons';
import css from './lab.module.css';
import type { Person } from './sim.ts';

/** Who one is: the customer whose phones stand on the wall. */
export function PersonPicker({
  people,
  person,
  onPerson,
}: {
  people: readonly Person[];
  person: Person;
  onPerson: (person: Person) => void;
}) {
  return (
    <Menu position="bottom-start" width={280}>
      <Menu.Target>
        <button type="button" className={css.picker}>
          <span className={css.you}>You are</span>
          <Face person={person} />
          <span className={css.pickerName} dir="auto">
            {person.telegram.firstName}
          </span>
          <ChevronDownIcon aria-hidden="true" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Be another customer</Menu.Label>
        {people.map((each) => (
          <Menu.Item
            key={each.id}
            leftSection={<Face person={each} />}
            rightSection={each.id === person.id ? <CheckIcon aria-label="chosen" /> : null}
            onClick={() => onPerson(each)}
          >
            <span className={css.personName} dir="auto">
              {each.name}
            </span>
            <span className={css.personPhone}>{each.phone}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Face({ person }: { person: Person }) {
  return (
    <span className={css.faceDot} style={{ '--hue': person.hue } as React.CSSProperties} aria-hidden="true">
      {[...person.name][0]}
    </span>
  );
}
