import { useSyncExternalStore } from 'react';

const lost = new Set<string>();
const watchers = new Set<() => void>();

/** A stream tells whether it has its server; the banner reads it. */
export function tellConnection(name: string, state: 'open' | 'lost'): void {
  if (state === 'lost' ? lost.has(name) : !lost.has(name)) return;
  if (state === 'lost') lost.add(name);
  else lost.delete(name);
  for (const watcher of watchers) watcher();
}

/** True while a stream has been without its server for more than a moment. */
export function useConnectionLost(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => lost.size > 0,
  );
}
