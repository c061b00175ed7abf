import { useSyncExternalStore } from 'react';
import { recordWireEvent } from './recorder.ts';
import type { LabEvent } from './sim.ts';

/** A request a provider got, or a webhook it sent. */
export type WireEvent = Exclude<LabEvent, { type: 'phone' }>;
const KEPT = 200;

let events: readonly WireEvent[] = [];
const watchers = new Set<() => void>();

/** Keeps an exchange with a provider for the page's list. The simulator may tell one again after a reconnect; it is kept once. */
export function keepWireEvent(event: WireEvent): void {
  recordWireEvent(event);
  if (events.some((kept) => kept.seq === event.seq && kept.at === event.at)) return;
  events = [...events.slice(-KEPT + 1), event];
  for (const watcher of watchers) watcher();
}

/** The last exchanges with the providers, oldest first. */
export function useWireEvents(): readonly WireEvent[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => events,
  );
}
