import { contentNodes, type Doings, quickReplies, textOf } from './bubble.ts';
import type { Client, Item, State } from './client.ts';
import { h, ICONS, icon } from './dom.ts';
import { colour, dress } from './look.ts';
import { createPicker } from './picker.ts';
import css from './styles.css';
import { directionOf, type Words } from './words.ts';

export interface SheetOptions {
  words: Words;
  language: string;
  greeting?: string;
  color?: string;
  position?: 'left' | 'right';
  zIndex?: number;
  showLauncher: boolean;
  scheme?: 'light' | 'dark';
  nonce?: string;
  onOpen?(): void;
  onClose?(): void;
}

/** The widget's looks: a launcher and a sheet in a shadow tree at the end of the page. */
export interface Sheet {
  readonly isOpen: boolean;
  /** `quietly` leaves the focus where it is: for pages that open the widget by themselves. */
  open(quietly?: boolean): void;
  close(): void;
  showLauncher(shown: boolean): void;
  render(state: State): void;
  announce(item: Item): void;
  destroy(): void;
}

const LONGEST_TEXT = 4096;
const OFFLINE_AFTER_MS = 2_000;
const TICKS = {
  sending: ICONS.clock,
  sent: ICONS.once,
  delivered: ICONS.twice,
  read: ICONS.twice,
  refused: ICONS.warn,
} as const;

/** Builds the widget into the page. Nothing of the host page's styles reaches in, nothing of ours reaches out. */
export function createSheet(client: Client, options: SheetOptions): Sheet {
  const { words } = options;
  const host = h('div', { class: 'linktor-widget' });
  const root = host.attachShadow({ mode: 'open' });
  dress(root, css, options.nonce);
  if (options.zIndex !== undefined) host.style.zIndex = String(options.zIndex);
  const follow = (): void => {
    host.dataset.scheme = options.scheme ?? (night.matches ? 'dark' : 'light');
    colour(host, options.color ?? client.state.settings?.color);
  };
  const night = matchMedia('(prefers-color-scheme: dark)');

  const badge = h('span', { class: 'badge', 'aria-hidden': 'true', hidden: true });
  const launcher = h('button', {
    type: 'button',
    class: 'launcher',
    'aria-expanded': 'false',
    onclick: () => toggle(),
  });
  const title = h('h2', { id: 'title', dir: 'auto' });
  const notice = h('p', { class: 'notice', hidden: true });
  const log = h('ol', { class: 'log', tabindex: 0, 'aria-label': words.conversation });
  const dots = h(
    'li',
    { class: 'item', hidden: true },
    h('div', { class: 'bubble typing', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')),
  );
  const replies = h('div', { class: 'replies', role: 'group', 'aria-label': words.replies, hidden: true });
  const input = h('textarea', {
    rows: 1,
    dir: 'auto',
    maxlength: LONGEST_TEXT,
    'aria-label': words.write,
    placeholder: words.write,
    enterkeyhint: 'send',
  });
  const sendButton = h('button', { type: 'submit', 'aria-label': words.send, title: words.send }, icon(ICONS.send, 22));
  const form = h('form', {});
  const closeButton = h(
    'button',
    { type: 'button', 'aria-label': words.close, title: words.close, onclick: () => close() },
    icon(ICONS.down),
  );
  const sheet = h(
    'section',
    { class: 'sheet', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'title', hidden: true },
    h('header', {}, title, closeButton),
    notice,
    log,
    replies,
    form,
  );
  let problem = '';
  const picker = createPicker(sheet, input, words, {
    send(file) {
      client.sendFile(file);
      log.scrollTop = log.scrollHeight;
    },
    complain(text) {
      problem = text;
      drawNotice(client.state);
    },
  });
  form.append(...picker.nodes, input, sendButton);
  // What is said here is read out, whether the sheet is open or not.
  const live = h('div', { class: 'hidden', role: 'status', 'aria-live': 'polite' });
  const frame = h('div', { lang: options.language, dir: directionOf(options.language) }, sheet, launcher, live);
  launcher.append(icon(ICONS.chat, 26), badge);
  root.append(frame);
  document.body.append(host);

  let isOpen = false;
  let cameFrom: Element | null = null;
  let offlineSince = 0;
  let offlineTimer: ReturnType<typeof setTimeout> | undefined;
  const shown = new Map<string, { item: Item; element: HTMLElement }>();

  // ---- opening and closing
  const open = (quietly = false): void => {
    if (isOpen) return;
    isOpen = true;
    cameFrom = document.activeElement;
    sheet.hidden = false;
    launcher.setAttribute('aria-expanded', 'true');
    client.connect();
    render(client.state);
    log.scrollTop = log.scrollHeight;
    if (!quietly) (form.hidden ? closeButton : input).focus();
    options.onOpen?.();
  };
  const close = (): void => {
    if (!isOpen) return;
    const hadFocus = root.activeElement !== null;
    isOpen = false;
    sheet.hidden = true;
    launcher.setAttribute('aria-expanded', 'false');
    client.typing(false);
    // Back to where the visitor was; the launcher where that is gone, or was the widget itself.
    if (hadFocus) {
      if (cameFrom instanceof HTMLElement && cameFrom.isConnected && cameFrom !== document.body && cameFrom !== host)
        cameFrom.focus();
      else if (!launcher.hidden) launcher.focus();
    }
    render(client.state);
    options.onClose?.();
  };
  const toggle = (): void => (isOpen ? close() : open());

  /** Tab stays within the sheet while it is open; the launcher under it is reached by closing. */
  const trap = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
      return;
    }
    if (event.key !== 'Tab') return;
    const stops = [
      ...sheet.querySelectorAll<HTMLElement>('button,a[href],textarea,summary,video,audio,[tabindex="0"]'),
    ].filter((stop) => stop.getClientRects().length > 0);
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (root.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
  };
  sheet.addEventListener('keydown', trap);

  // ---- writing
  const grow = (): void => {
    input.style.height = 'auto';
    input.style.height = `${Math.min(120, input.scrollHeight + 2)}px`;
  };
  const submit = (): void => {
    const text = input.value.trim();
    if (!text) return;
    input.value = '';
    problem = '';
    grow();
    client.typing(false);
    client.say({ text });
    log.scrollTop = log.scrollHeight;
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
    input.focus();
  });
  input.addEventListener('input', () => {
    grow();
    client.typing(input.value.trim() !== '');
  });
  input.addEventListener('keydown', (event) => {
    // Enter that ends a word in an input method is not meant for us.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });

  const doingsOf = (of: string): Doings => ({
    words,
    act(action) {
      client.act(action, of);
      // The pressed reply goes away, and the focus with it unless it is put somewhere.
      if (!root.activeElement?.isConnected || root.activeElement === null) input.focus();
    },
    sendLocation() {
      navigator.geolocation?.getCurrentPosition(
        ({ coords }) => client.say({ location: { latitude: coords.latitude, longitude: coords.longitude } }),
        () => say(words.noLocation),
      );
    },
    share(text) {
      if (navigator.share) navigator.share({ text, url: location.href }).catch(() => {});
      else void navigator.clipboard?.writeText(text).then(() => say(words.copied));
    },
  });
  const say = (text: string): void => {
    live.textContent = text;
  };

  // ---- drawing
  const stateLine = (item: Item): HTMLElement => {
    const retry = h('button', { type: 'button', onclick: () => client.retry(item.id) }, words.retry);
    const line = h(
      'div',
      { class: `state ${item.status}` },
      timeOf(item.at, options.language),
      icon(TICKS[item.status], 14),
    );
    if (item.status === 'refused') line.append(words.refused, retry);
    else if (item.progress !== undefined) {
      const share = Math.round(item.progress * 100);
      line.append(h('progress', { max: 100, value: share, 'aria-label': words.uploading }), `${share} %`);
    } else line.append(h('span', { class: 'hidden' }, words[item.status]));
    return line;
  };
  const draw = (item: Item): HTMLElement => {
    const mine = item.from === 'visitor';
    const isWide = item.content.type === 'carousel';
    const bubble = h('div', { class: isWide ? 'bubble wide' : `bubble message-${mine ? 'visitor' : 'agent'}` });
    bubble.append(...contentNodes(item, doingsOf(item.id)));
    return h(
      'li',
      { class: mine ? 'item mine' : 'item' },
      h('span', { class: 'hidden' }, mine ? words.you : (title.textContent ?? '')),
      bubble,
      item.reaction &&
        h(
          'span',
          { class: 'reaction', role: 'img', 'aria-label': `${words.reaction} ${item.reaction}` },
          item.reaction,
        ),
      mine ? stateLine(item) : h('div', { class: 'state' }, timeOf(item.at, options.language)),
    );
  };

  const render = (state: State): void => {
    const { settings } = state;
    title.textContent = settings?.title ?? '';
    picker.allow(settings?.uploads);
    host.dataset.side = options.position ?? settings?.position ?? 'right';
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    drawItems(state);
    dots.hidden = !state.typing;
    drawReplies(state);
    if (atEnd) log.scrollTop = log.scrollHeight;
    form.hidden = state.phase === 'refused';
    drawNotice(state);
    const unread = isOpen ? 0 : state.unread;
    badge.hidden = unread === 0;
    badge.textContent = unread > 99 ? '99+' : String(unread);
    launcher.setAttribute(
      'aria-label',
      isOpen ? words.close : unread > 0 ? `${words.openUnread} ${unread}` : words.open,
    );
    if (isOpen && document.visibilityState === 'visible' && state.unread > 0) queueMicrotask(client.seen);
  };
  const greeting = h('li', { class: 'item' }, h('div', { class: 'bubble' }, h('p', { dir: 'auto' })));
  const drawItems = (state: State): void => {
    const words = options.greeting ?? state.settings?.greeting;
    greeting.hidden = !words;
    greeting.querySelector('p')!.textContent = words ?? '';
    const wanted = state.items.map((item) => {
      const known = shown.get(item.id);
      if (known?.item === item) return known.element;
      const element = draw(item);
      // Where only the ticks have changed the bubble stays, so that a film goes on and the focus is not lost.
      if (known && known.item.content === item.content && known.item.reaction === item.reaction) {
        known.element.lastElementChild!.replaceWith(element.lastElementChild!);
        shown.set(item.id, { item, element: known.element });
        return known.element;
      }
      shown.set(item.id, { item, element });
      known?.element.replaceWith(element);
      return element;
    });
    const all = [greeting, ...wanted, dots];
    for (const child of [...log.children]) if (!all.includes(child as HTMLLIElement)) child.remove();
    all.forEach((element, index) => {
      if (log.children[index] !== element) log.insertBefore(element, log.children[index] ?? null);
    });
  };
  let repliesOf: Item | undefined;
  const drawReplies = (state: State): void => {
    const last = state.items.at(-1);
    if (last?.id === repliesOf?.id && last?.content === repliesOf?.content) return;
    repliesOf = last;
    const buttons = quickReplies(last, doingsOf(last?.id ?? ''));
    replies.replaceChildren(...buttons);
    replies.hidden = buttons.length === 0;
  };
  const drawNotice = (state: State): void => {
    clearTimeout(offlineTimer);
    const refused = state.phase === 'refused';
    if (state.online) offlineSince = 0;
    else offlineSince ||= Date.now();
    // A line that is taken up again within a moment is nobody's concern.
    const wait = offlineSince + OFFLINE_AFTER_MS - Date.now();
    const offline = offlineSince > 0 && wait <= 0;
    if (offlineSince > 0 && wait > 0) offlineTimer = setTimeout(() => drawNotice(client.state), wait + 10);
    const text = refused ? words.unavailable : offline ? words.offline : problem;
    if (notice.textContent !== text) {
      notice.textContent = text;
      if (isOpen && text) say(text);
    }
    notice.hidden = text === '';
  };

  const look = (): void => render(client.state);
  night.addEventListener('change', follow);
  document.addEventListener('visibilitychange', look);
  follow();

  return {
    get isOpen() {
      return isOpen;
    },
    open,
    close,
    showLauncher(on) {
      launcher.hidden = !on;
    },
    render(state) {
      const before = title.textContent;
      render(state);
      if (before !== title.textContent) follow();
    },
    announce: (item) => say(`${title.textContent}: ${textOf(item.content)}`),
    destroy() {
      clearTimeout(offlineTimer);
      night.removeEventListener('change', follow);
      document.removeEventListener('visibilitychange', look);
      host.remove();
    },
  };
}

function timeOf(at: string, language: string): string {
  const date = new Date(at);
  const today = date.toDateString() === new Date().toDateString();
  try {
    return new Intl.DateTimeFormat(
      language,
      today ? { timeStyle: 'short' } : { dateStyle: 'short', timeStyle: 'short' },
    ).format(date);
  } catch {
    return '';
  }
}
