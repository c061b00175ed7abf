import { useCallback, useState } from 'react';
import { remember, remembered } from '../ui/remember.ts';
import type { Person } from './sim.ts';
import type { Touched } from './trace/use_exchange.ts';

const PERSON = 'tributary.lab.person';
const HIDDEN = 'tributary.lab.hidden';

/** Who one is, kept for the next visit. */
export function usePerson(people: readonly Person[]): [Person | undefined, (person: Person) => void] {
  const [id, setId] = useState(() => remembered(PERSON));
  const person = people.find((each) => each.id === id) ?? people[0];
  const choose = useCallback((next: Person) => {
    setId(next.id);
    remember(PERSON, next.id);
  }, []);
  return [person, choose];
}

/** The channels that were taken off the wall, kept for the next visit. */
export function useHidden(): [ReadonlySet<string>, (channelId: string) => void] {
  const [hidden, setHidden] = useState(() => new Set(remembered(HIDDEN)?.split(',').filter(Boolean)));
  const toggle = useCallback((channelId: string) => {
    setHidden((now) => {
      const next = new Set(now);
      if (!next.delete(channelId)) next.add(channelId);
      remember(HIDDEN, next.size > 0 ? [...next].join(',') : null);
      return next;
    });
  }, []);
  return [hidden, toggle];
}

interface State {
  now?: Touched;
  newest?: Touched;
  pinned: boolean;
  /** The time of a message that was there before anybody touched one. */
  foundAt?: string;
}

/**
 * Which message's story is told. What the customer does, and what comes in, is followed; a message that was picked by hand stays until the
 * newest is asked for or the customer goes on. Before anything happens it is the last message already on the wall.
 */
export function useTouched() {
  const [state, setState] = useState<State>({ pinned: false });

  const follow = useCallback((newest: Touched) => {
    setState((was) => (was.pinned ? { ...was, newest } : { now: newest, newest, pinned: false }));
  }, []);
  const act = useCallback((newest: Touched) => setState({ now: newest, newest, pinned: false }), []);
  const pick = useCallback((now: Touched) => setState((was) => ({ now, newest: was.newest, pinned: true })), []);
  const found = useCallback((now: Touched, at: string) => {
    setState((was) => {
      const untouched = !was.now || (was.foundAt !== undefined && was.foundAt < at && !was.pinned);
      return untouched ? { now, newest: now, pinned: false, foundAt: at } : was;
    });
  }, []);
  const unpin = useCallback(
    () => setState((was) => ({ now: was.newest ?? was.now, newest: was.newest, pinned: false })),
    [],
  );
  const release = useCallback(() => setState((was) => (was.pinned ? { ...was, pinned: false } : was)), []);
  const forget = useCallback(() => setState({ pinned: false }), []);

  return { touched: state.now, pinned: state.pinned, follow, act, pick, found, release, unpin, forget };
}
