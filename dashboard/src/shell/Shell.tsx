import { useHotkeys } from '@mantine/hooks';
import { Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { RequestFailed } from '../api/client.ts';
import { useMe } from '../session/me.ts';
import { type Command, useCommands } from './commands.ts';
import { OfflineBanner } from './OfflineBanner.tsx';
import { Palette } from './Palette.tsx';
import css from './shell.module.css';
import { TopBar } from './TopBar.tsx';
import { chooseTheme, useTheme } from './theme_choice.ts';

/** The frame around every room: top bar, palette, the banner of a lost connection. */
export function Shell() {
  const [searching, setSearching] = useState(false);
  const { choice } = useTheme();
  useHotkeys([['mod+K', () => setSearching((now) => !now)]], []);

  const commands = useMemo<Command[]>(
    () => [
      ...(['light', 'dark', 'auto'] as const).map((theme) => ({
        id: `theme-${theme}`,
        group: 'Theme',
        title: { light: 'Light', dark: 'Dark', auto: 'As the system' }[theme],
        keywords: 'theme colours appearance',
        on: choice === theme,
        run: () => chooseTheme(theme),
      })),
      {
        id: 'docs',
        group: 'Help',
        title: 'Open the API reference',
        keywords: 'docs documentation openapi',
        run: () => window.open('/docs', '_blank', 'noopener'),
      },
    ],
    [choice],
  );
  useCommands(commands);

  // The Lab has a door of its own; every other room is for people who have signed in.
  const { error } = useMe();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const denied = error instanceof RequestFailed && error.status === 401 && !pathname.startsWith('/lab');
  useEffect(() => {
    if (denied) void navigate({ to: '/login', replace: true });
  }, [denied, navigate]);
  if (denied) return null;

  return (
    <div className={css.shell}>
      <a className="skip-link" href="#page">
        Skip to the page
      </a>
      <TopBar onSearch={() => setSearching(true)} />
      <main id="page" className={css.page} tabIndex={-1}>
        <Outlet />
      </main>
      <OfflineBanner />
      <Palette opened={searching} onClose={() => setSearching(false)} />
    </div>
  );
}
