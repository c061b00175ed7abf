import { useEffect, useState } from 'react';
import type { LabEvent } from '../sim.ts';

const watchers = new Set<(event: LabEvent) => void>();
const SHOWN_MS = 3500;

/** Passes on the words a bot answers a tap with, which belong to no message. */
export function tellNotice(event: LabEvent): void {
  for (const watcher of watchers) watcher(event);
}

/** The notice to show over this chat just now. */
export function useNotice(provider: string, account: string, person: string): string | undefined {
  const [text, setText] = useState<string>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const watcher = (event: LabEvent) => {
      if (event.type !== 'phone' || event.change !== 'notice' || !event.text) return;
      if (event.provider !== provider || event.account !== account || event.person !== person) return;
      setText(event.text);
      clearTimeout(timer);
      timer = setTimeout(() => setText(undefined), SHOWN_MS);
    };
    watchers.add(watcher);
    return () => {
      watchers.delete(watcher);
      clearTimeout(timer);
      setText(undefined);
    };
  }, [provider, account, person]);
  return text;
}
