import { Menu, Tooltip } from '@mantine/core';
import {
  CheckIcon,
  DesktopIcon,
  MagnifyingGlassIcon,
  MoonIcon,
  PersonIcon,
  ReaderIcon,
  SunIcon,
} from '@radix-ui/react-icons';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMe, useSignIn } from '../session/me.ts';
import { Mark } from './Mark.tsx';
import { ROOMS } from './rooms.ts';
import css from './shell.module.css';
import { chooseTheme, type ThemeChoice, useTheme } from './theme_choice.ts';

const APPLE = /Mac|iPhone|iPad/.test(navigator.userAgent);
const THEMES: readonly { choice: ThemeChoice; title: string; icon: typeof SunIcon }[] = [
  { choice: 'light', title: 'Light', icon: SunIcon },
  { choice: 'dark', title: 'Dark', icon: MoonIcon },
  { choice: 'auto', title: 'As the system', icon: DesktopIcon },
];

/** Where one is, where one can go, and the few things that are the same everywhere. */
export function TopBar({ onSearch }: { onSearch: () => void }) {
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: a page's header is a banner, and needs a name where the widget in a frame brings another.
    <header className={css.bar} aria-label="Tributary">
      <Link to="/lab" className={css.brand}>
        <Mark />
        <span className={css.word}>Tributary</span>
      </Link>
      <nav className={css.rooms} aria-label="Rooms">
        {ROOMS.map((room) => (
          <Link key={room.to} to={room.to} className={css.room} activeProps={{ 'aria-current': 'page' }}>
            {room.title}
          </Link>
        ))}
      </nav>
      <div className={css.tools}>
        <button type="button" className={css.search} onClick={onSearch}>
          <MagnifyingGlassIcon className={css.searchSign} aria-hidden="true" />
          <span className={css.searchWord}>Commands</span>
          <kbd className={css.kbd}>{APPLE ? '⌘K' : 'Ctrl K'}</kbd>
        </button>
        <Tooltip label="API reference">
          <a
            className={`${css.tool} ${css.wide}`}
            href="/docs"
            target="_blank"
            rel="noopener"
            aria-label="API reference"
          >
            <ReaderIcon />
          </a>
        </Tooltip>
        <ThemeMenu />
        <AccountMenu />
      </div>
    </header>
  );
}

/** Who has signed in, and the way out; nothing where it is the Lab's own page. */
function AccountMenu() {
  const { data } = useMe();
  const navigate = useNavigate();
  const signIn = useSignIn();
  if (!data?.user) return null;
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <button type="button" className={css.tool} aria-label="Account">
          <PersonIcon />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {data.user.name} · {data.workspace.name}
        </Menu.Label>
        <Menu.Item onClick={() => void signIn('logout').then(() => navigate({ to: '/login' }))}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function ThemeMenu() {
  const { choice, resolved } = useTheme();
  const Now = resolved === 'dark' ? MoonIcon : SunIcon;
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <button type="button" className={css.tool} aria-label="Theme">
          <Now />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {THEMES.map(({ choice: each, title, icon: Icon }) => (
          <Menu.Item
            key={each}
            leftSection={<Icon />}
            rightSection={choice === each ? <CheckIcon aria-label="chosen" /> : null}
            onClick={() => chooseTheme(each)}
          >
            {title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
