import type { VisitorProfile } from '@tributary/protocol';
import { type Client, createClient, type Item } from './client.ts';
import { browserKeep } from './keep.ts';
import { createSheet, type Sheet } from './sheet.ts';
import { wordsOf } from './words.ts';

/** What a page may say when it puts the widget in: our own names and Linktor's. */
export interface EmbedOptions {
  channelId: string;
  baseUrl?: string;
  primaryColor?: string;
  position?: string;
  zIndex?: number;
  language?: string;
  translations?: Record<string, unknown>;
  /** Open at once, without taking the focus. */
  autoOpen?: boolean;
  openDelay?: number;
  showLauncher?: boolean;
  theme?: 'light' | 'dark';
  nonce?: string;
  user?: { name?: string; email?: string; avatar?: string };
  visitorName?: string;
  visitorEmail?: string;
  onReady?(): void;
  onOpen?(): void;
  onClose?(): void;
  onMessage?(message: Item): void;
}

/** A widget in the page. */
interface Widget {
  client: Client;
  sheet: Sheet;
  options: EmbedOptions;
  stop(): void;
}

/** Puts the widget into the page. */
function build(options: EmbedOptions, api: string): Widget {
  const language = options.language || document.documentElement.lang || navigator.language || 'en';
  const base = (options.baseUrl ?? api).replace(/\/+$/, '').replace(/\/api\/v1$/, '');
  let ready = false;
  const client = createClient({
    api: base,
    channelId: options.channelId,
    keep: browserKeep(),
    profile: profileOf(options, language),
    onChange(state) {
      sheet.render(state);
      if (!ready && state.phase === 'ready') {
        ready = true;
        options.onReady?.();
      }
    },
    onMessage(item) {
      sheet.announce(item);
      options.onMessage?.(item);
    },
  });
  const { translations = {} } = options;
  const sheet = createSheet(client, {
    words: wordsOf(translations),
    language,
    greeting: typeof translations.welcomeMessage === 'string' ? translations.welcomeMessage : undefined,
    color: options.primaryColor,
    position: /left/.test(options.position ?? '') ? 'left' : options.position ? 'right' : undefined,
    zIndex: options.zIndex,
    showLauncher: options.showLauncher !== false,
    scheme: options.theme,
    nonce: options.nonce,
    onOpen: options.onOpen,
    onClose: options.onClose,
  });
  sheet.showLauncher(options.showLauncher !== false);
  sheet.render(client.state);
  client.start();
  const hurry = (): void => {
    if (document.visibilityState === 'visible') client.hurry();
  };
  addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);
  if (options.autoOpen) setTimeout(() => sheet.open(true), options.openDelay ?? 0);
  return {
    client,
    sheet,
    options,
    stop() {
      removeEventListener('online', hurry);
      document.removeEventListener('visibilitychange', hurry);
      client.stop();
      sheet.destroy();
    },
  };
}

function profileOf({ user, visitorName, visitorEmail }: EmbedOptions, locale: string): VisitorProfile {
  return { name: user?.name ?? visitorName, email: user?.email ?? visitorEmail, picture: user?.avatar, locale };
}

/** The one function a page talks to: `tributary('open')`, `tributary('sendMessage', {text: 'Hi'})`. */
export function createCommands(api: string): (command: string, argument?: unknown) => void {
  let widget: Widget | undefined;
  const commands: Record<string, (argument: Record<string, unknown>) => void> = {
    init(options) {
      widget?.stop();
      widget = build(options as unknown as EmbedOptions, api);
    },
    open: () => widget?.sheet.open(),
    close: () => widget?.sheet.close(),
    toggle: () => (widget?.sheet.isOpen ? widget.sheet.close() : widget?.sheet.open()),
    sendMessage({ text }) {
      if (typeof text === 'string' && text.trim()) widget?.client.say({ text });
    },
    updateUser({ name, email, avatar }) {
      widget?.client.setProfile({ name, email, picture: avatar } as VisitorProfile);
    },
    showLauncher: () => widget?.sheet.showLauncher(true),
    hideLauncher: () => widget?.sheet.showLauncher(false),
    reset() {
      if (!widget) return;
      const { options } = widget;
      widget.client.forget();
      commands.init?.({ ...options, autoOpen: widget.sheet.isOpen });
    },
    destroy() {
      widget?.stop();
      widget = undefined;
    },
  };
  return (command, argument) => {
    const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
    if (run) run((argument ?? {}) as Record<string, unknown>);
    else console.warn(`The chat widget has no command “${command}”.`);
  };
}
