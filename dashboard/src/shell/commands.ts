import { useEffect, useId, useSyncExternalStore } from 'react';

/** Something the palette can do. `keywords` are further words it is found by. */
export interface Command {
  id: string;
  group: string;
  title: string;
  keywords?: string;
  /** A tick is drawn beside what holds now. */
  on?: boolean;
  run(): void;
}

const offered = new Map<string, readonly Command[]>();
const watchers = new Set<() => void>();
let all: readonly Command[] = [];

function tell(): void {
  // What the room can do stands before what the frame around it can.
  all = [...offered.values()].reverse().flat();
  for (const watcher of watchers) watcher();
}

/** Offers commands to the palette for as long as the component is on the page. Keep the list stable with useMemo. */
export function useCommands(commands: readonly Command[]): void {
  const owner = useId();
  useEffect(() => {
    offered.set(owner, commands);
    tell();
    return () => {
      offered.delete(owner);
      tell();
    };
  }, [owner, commands]);
}

/** Every command now on offer, the newest room's first. */
export function useOffered(): readonly Command[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => all,
  );
}

/** The commands whose words hold every word of the query. */
export function matching(commands: readonly Command[], query: string): Command[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return commands.filter((command) => {
    const hay = `${command.group} ${command.title} ${command.keywords ?? ''}`.toLowerCase();
    return words.every((word) => hay.includes(word));
  });
}
