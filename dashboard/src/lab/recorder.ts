import { useSyncExternalStore } from 'react';
import { fixturesOf, tar } from './fixtures.ts';
import type { WireEvent } from './wire.ts';

/** One person's phone at one account. */
export interface Place {
  provider: string;
  account: string;
  person: string;
}

const keyOf = ({ provider, account, person }: Place): string => `${provider}/${account}/${person}`;
let recordings: ReadonlyMap<string, readonly WireEvent[]> = new Map();
const watchers = new Set<() => void>();

function change(next: ReadonlyMap<string, readonly WireEvent[]>): void {
  recordings = next;
  for (const watcher of watchers) watcher();
}

/** Hands an exchange to the recording of its phone, where one runs. */
export function recordWireEvent(event: WireEvent): void {
  if (event.type !== 'webhook' || !event.wire || event.duplicate || !event.person) return;
  const key = keyOf({ ...event, person: event.person });
  const so = recordings.get(key);
  if (so && !so.some(({ seq, at }) => seq === event.seq && at === event.at))
    change(new Map(recordings).set(key, [...so, event]));
}

/** The recording of a phone: how many webhooks it holds, none when it does not run. */
export function useRecorder(place: Place): { count?: number; start(): void; save(): void } {
  const key = keyOf(place);
  const recording = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => recordings.get(key),
  );
  return {
    count: recording?.length,
    start: () => change(new Map(recordings).set(key, [])),
    save: () => {
      const rest = new Map(recordings);
      rest.delete(key);
      change(rest);
      if (!recording?.length) return;
      const files = fixturesOf(recording, new Date());
      download(`${place.provider}-${place.person}.tar`, tar(files));
    },
  };
}

function download(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/x-tar' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
