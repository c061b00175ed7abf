import { useSyncExternalStore } from 'react';
import { remember, remembered } from '../ui/remember.ts';

export type ThemeChoice = 'light' | 'dark' | 'auto';
const KEY = 'tributary.theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');
const watchers = new Set<() => void>();
let choice: ThemeChoice = read();

function read(): ThemeChoice {
  const kept = remembered(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'auto';
}

function tell(): void {
  for (const watcher of watchers) watcher();
}

system.addEventListener('change', tell);
// Another tab, or the Lab's page inside its frame, has chosen.
window.addEventListener('storage', (event) => {
  if (event.key !== KEY) return;
  choice = read();
  apply();
});

function apply(): void {
  if (choice === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  tell();
}

/** Chooses the theme for this browser. `auto` follows the system. */
export function chooseTheme(next: ThemeChoice): void {
  choice = next;
  remember(KEY, next === 'auto' ? null : next);
  apply();
}

/** What was chosen, and what it comes to now. */
export function useTheme(): { choice: ThemeChoice; resolved: 'light' | 'dark' } {
  const state = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => `${choice}/${choice === 'auto' ? (system.matches ? 'dark' : 'light') : choice}`,
  );
  const [chosen, resolved] = state.split('/') as [ThemeChoice, 'light' | 'dark'];
  return { choice: chosen, resolved };
}
