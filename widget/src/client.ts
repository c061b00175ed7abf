import type {
  Content,
  MessageFrame,
  Session,
  SocketFrame,
  VisitorEvent,
  VisitorProfile,
  WidgetSettings,
} from '@tributary/protocol';
import { createBackoff } from './backoff.ts';
import type { Keep } from './keep.ts';
import { createLine } from './line.ts';
import { createOutbox, type Entry } from './outbox.ts';
import { kindOf, type Uploader, uploadByXhr } from './upload.ts';

/** One message on the page. */
export interface Item extends Omit<MessageFrame, 'type' | 'status'> {
  status: 'sending' | 'refused' | 'sent' | 'delivered' | 'read';
  reaction?: string;
  /** How much of its file has gone up, from 0 to 1; absent once it has. */
  progress?: number;
}

export interface State {
  /** starting: no session yet · ready · refused: this page may not, or the channel is gone. */
  phase: 'starting' | 'ready' | 'refused';
  /** Messages go out and come in just now. */
  online: boolean;
  visitorId?: string;
  settings?: WidgetSettings;
  items: readonly Item[];
  typing: boolean;
  unread: number;
}

export interface ClientOptions {
  /** Where the platform is: `https://chat.example.com`, without a trailing slash. */
  api: string;
  channelId: string;
  keep: Keep;
  profile?: VisitorProfile;
  /** Called after every change. */
  onChange?(state: State): void;
  /** Called once for each new message of the business. */
  onMessage?(item: Item): void;
  fetch?: typeof fetch;
  WebSocket?: typeof WebSocket;
  upload?: Uploader;
}

/** What a visitor can say. */
export type Saying = Pick<Extract<VisitorEvent, { type: 'message' }>, 'text' | 'media' | 'location' | 'replyTo'>;

export interface Client {
  readonly state: State;
  start(): void;
  /** Opens the live line, if it is not open: when the visitor looks, writes, or has a conversation already. */
  connect(): void;
  say(saying: Saying): void;
  /** Uploads a file and says it. The caller has asked `refusalOf` before. */
  sendFile(file: File): void;
  /** Presses an action of a message. */
  act(action: { text: string; payload: string }, of: string): void;
  react(of: string, emoji: string | null): void;
  /** Sends again what was refused. */
  retry(id: string): void;
  typing(on: boolean): void;
  /** Everything on the page has been seen. */
  seen(): void;
  setProfile(profile: VisitorProfile): void;
  /** The connection or the page is back: do not wait for the next attempt. */
  hurry(): void;
  /** Forgets the visitor; the next start is somebody new. */
  forget(): void;
  stop(): void;
}

const TYPING_SHOWN_MS = 8_000;
const TYPING_EVERY_MS = 3_000;

/** The widget without its looks: one visitor's conversation, kept whole over broken connections and reloads. */
export function createClient(options: ClientOptions): Client {
  const { api, channelId, keep } = options;
  const http = options.fetch ?? globalThis.fetch.bind(globalThis);
  const tokenKey = `tributary:${channelId}:token`;
  const backoff = createBackoff(500, 30_000);
  const state: State = { phase: 'starting', online: true, items: [], typing: false, unread: 0 };
  let profile = options.profile;
  let token = keep.get(tokenKey);
  let cursor: string | undefined;
  let wantsLine = false;
  let lineOpen = false;
  let reached = true;
  let stopped = false;
  let typingEnds: ReturnType<typeof setTimeout> | undefined;
  let typingSaid = 0;
  let opening: Promise<boolean> | undefined;

  const set = (change: Partial<State>): void => {
    Object.assign(state, change);
    if (change.items) {
      state.unread = state.items.filter((item) => item.from === 'business' && item.status !== 'read').length;
    }
    options.onChange?.(state);
  };
  /** Without a line there is nothing to be cut off from. */
  const reach = (): void => {
    const online = reached && (lineOpen || !wantsLine);
    if (online !== state.online && !stopped) set({ online });
  };
  const update = (id: string, change: Partial<Item>): void =>
    set({ items: state.items.map((item) => (item.id === id ? { ...item, ...change } : item)) });
  const has = (id: string): boolean => state.items.some((item) => item.id === id);

  // ---- what goes out
  const outbox = createOutbox({
    url: `${api}/webhooks/webchat/${channelId}`,
    prefix: `tributary:${channelId}:out:`,
    keep,
    fetch: http,
    token: () => token,
    renew: () => open(),
    onReach: (did) => {
      reached = did;
      reach();
    },
    onTaken: (entries) => settle(entries, 'sent'),
    onRefused: (entries) => settle(entries, 'refused'),
  });
  const refused = new Map<string, VisitorEvent>();
  const settle = (entries: readonly Entry[], status: 'sent' | 'refused'): void => {
    const ids = new Set<string>();
    for (const { event } of entries) {
      if (!('id' in event)) continue;
      ids.add(event.id);
      if (status === 'refused') refused.set(event.id, event);
    }
    const waiting = (item: Item): boolean => ids.has(item.id) && item.status === 'sending';
    if (!state.items.some(waiting)) return;
    set({ items: state.items.map((item) => (waiting(item) ? { ...item, status } : item)) });
    if (status === 'sent') tellTabs(state.items.filter((item) => ids.has(item.id)));
  };
  const send = (event: VisitorEvent): void => {
    const at = new Date().toISOString();
    outbox.add(event, at, event.type === 'message' || event.type === 'action' || event.type === 'reaction');
    const item = itemOf({ event, at });
    if (item) set({ items: [...state.items, item] });
    connect();
  };

  // ---- files: up first, then said; a page that goes away takes along what was not up yet
  const files = new Map<string, File>();
  const upload = async (id: string, again = true): Promise<void> => {
    const file = files.get(id);
    if (!file) return;
    if (!token && !(await open())) return update(id, { status: 'refused', progress: undefined });
    const url = `${api}/webchat/${channelId}/uploads?${new URLSearchParams({ filename: file.name })}`;
    const { status, uploaded } = await (options.upload ?? uploadByXhr)({ url, token: token ?? '' }, file, (progress) =>
      update(id, { progress }),
    );
    if (stopped) return;
    if (status === 401 && again && (await open())) return upload(id, false);
    if (!uploaded) return update(id, { status: 'refused', progress: undefined });
    files.delete(id);
    const { type, url: link, upload: handle, ...known } = uploaded;
    const at = state.items.find((item) => item.id === id)?.at ?? new Date().toISOString();
    update(id, { progress: undefined, content: { type, media: { url: link, ...known } } as Content });
    outbox.add({ type: 'message', id, media: { type, upload: handle, ...known } }, at, true);
  };
  const sendFile = (file: File): void => {
    const id = newId();
    files.set(id, file);
    const media = { filename: file.name, size: file.size, mimeType: file.type };
    const content = { type: kindOf(file.type), media } as Content;
    const at = new Date().toISOString();
    set({ items: [...state.items, { id, at, from: 'visitor', status: 'sending', progress: 0, content }] });
    connect();
    void upload(id);
  };

  // ---- other tabs of the same visitor: each hears the business by its own line, but not what the visitor said in another
  const tabs = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(`tributary:${channelId}`);
  const tellTabs = (items: Item[]): void => tabs?.postMessage({ visitorId: state.visitorId, items });
  if (tabs) {
    tabs.onmessage = ({ data }: MessageEvent<{ visitorId?: string; items: Item[] }>) => {
      if (data.visitorId !== state.visitorId) return;
      const news = data.items.filter((item) => !has(item.id));
      const isRead = (id: string): boolean => data.items.some((item) => item.id === id && item.status === 'read');
      const known = state.items.map((item) => (isRead(item.id) ? { ...item, status: 'read' as const } : item));
      set({ items: [...known, ...news] });
    };
  }

  // ---- what comes in
  const take = (frame: SocketFrame): void => {
    switch (frame.type) {
      case 'message': {
        if (has(frame.id)) return;
        const { type: _type, cursor: _cursor, ...rest } = frame;
        const item: Item = { ...rest, status: 'delivered' };
        clearTimeout(typingEnds);
        set({ typing: false, items: [...state.items, item] });
        outbox.add({ type: 'delivered', externalId: frame.id }, '', false);
        options.onMessage?.(item);
        return;
      }
      case 'edit':
        update(frame.of, { content: frame.content, format: frame.format });
        return;
      case 'remove':
        set({ items: state.items.filter((item) => item.id !== frame.of) });
        return;
      case 'reaction':
        update(frame.of, { reaction: frame.emoji ?? undefined });
        return;
      case 'read': {
        // Who has read one message has read what stands above it.
        const last = state.items.findIndex((item) => item.id === frame.of);
        const read = (item: Item, index: number): boolean =>
          index <= last && item.from === 'visitor' && (item.status === 'sent' || item.id === frame.of);
        set({ items: state.items.map((item, i) => (read(item, i) ? { ...item, status: 'read' } : item)) });
        return;
      }
      case 'typing':
        clearTimeout(typingEnds);
        if (frame.on) typingEnds = setTimeout(() => set({ typing: false }), TYPING_SHOWN_MS);
        set({ typing: frame.on });
        return;
    }
  };
  const line = createLine({
    url: (from) => {
      const query = new URLSearchParams({ token: token ?? '', ...(from && { cursor: from }) });
      return `${api.replace(/^http/, 'ws')}/webchat/${channelId}/socket?${query}`;
    },
    WebSocket: options.WebSocket ?? globalThis.WebSocket,
    onFrame: take,
    onState: (isOpen) => {
      lineOpen = isOpen;
      reach();
      if (isOpen) outbox.hurry();
    },
    refresh: () => open(),
  });
  const connect = (): void => {
    wantsLine = true;
    reach();
    if (cursor !== undefined && state.phase === 'ready') line.start(cursor);
  };

  // ---- the session
  /** Opens or renews the session. One at a time; false when it cannot be done now, or at all. */
  const open = (): Promise<boolean> => {
    opening ??= openNow().finally(() => {
      opening = undefined;
    });
    return opening;
  };
  const openNow = async (): Promise<boolean> => {
    let answer: Response;
    try {
      answer = await http(`${api}/webchat/${channelId}/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token, profile }),
        signal: AbortSignal.timeout(15_000),
      });
      if (answer.ok) enter((await answer.json()) as Session);
    } catch {
      reached = false;
      reach();
      return false;
    }
    reached = true;
    reach();
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429 && answer.status !== 408) {
      set({ phase: 'refused', online: false });
      stop();
    }
    return answer.ok;
  };
  const enter = (session: Session): void => {
    const somebodyNew = state.visitorId !== undefined && state.visitorId !== session.visitorId;
    token = session.token;
    keep.set(tokenKey, token);
    const shown = somebodyNew ? state.items.filter((item) => item.status === 'sending') : state.items;
    set({
      phase: 'ready',
      visitorId: session.visitorId,
      settings: session.config,
      items: merge(session.messages, shown),
    });
    for (const { id, from, status } of session.messages) {
      if (from === 'business' && status === 'sent') outbox.add({ type: 'delivered', externalId: id }, '', false);
    }
    if (somebodyNew) line.restart(session.cursor);
    cursor = session.cursor;
    if (wantsLine || state.items.length > 0) connect();
    outbox.hurry();
  };

  const stop = (): void => {
    stopped = true;
    clearTimeout(typingEnds);
    line.stop();
    outbox.stop();
    backoff.hurry();
    tabs?.close();
  };

  return {
    state,
    start() {
      const left = outbox.left().flatMap((entry) => itemOf(entry) ?? []);
      if (left.length > 0) set({ items: left });
      const tryOpen = async (): Promise<void> => {
        while (!stopped && !(await open()) && !stopped) await backoff.wait();
      };
      void tryOpen();
    },
    connect,
    say: (saying) => send({ type: 'message', id: newId(), ...saying }),
    sendFile,
    act: (action, of) => send({ type: 'action', id: newId(), ...action, of }),
    react(of, emoji) {
      send({ type: 'reaction', id: newId(), of, emoji });
      update(of, { reaction: emoji ?? undefined });
    },
    retry(id) {
      if (files.has(id)) {
        update(id, { status: 'sending', progress: 0 });
        void upload(id);
        return;
      }
      const event = refused.get(id);
      if (!event) return;
      refused.delete(id);
      update(id, { status: 'sending' });
      outbox.add(event, new Date().toISOString(), true);
    },
    typing(on) {
      const now = Date.now();
      if (!token || (on && now - typingSaid < TYPING_EVERY_MS) || (!on && typingSaid === 0)) return;
      typingSaid = on ? now : 0;
      const body = JSON.stringify({ events: [{ type: 'typing', id: newId(), on }] });
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      // Worth nothing a second later, so never tried again.
      http(`${api}/webhooks/webchat/${channelId}`, { method: 'POST', headers, body }).catch(() => {});
    },
    seen() {
      if (state.unread === 0) return;
      const news = state.items.filter((item) => item.from === 'business' && item.status !== 'read');
      set({ items: state.items.map((item) => (news.includes(item) ? { ...item, status: 'read' } : item)) });
      for (const { id } of news) outbox.add({ type: 'read', externalId: id }, '', false);
      tellTabs(news.map((item) => ({ ...item, status: 'read' })));
    },
    setProfile(next) {
      profile = { ...profile, ...next };
      if (state.phase === 'ready') void open();
    },
    hurry() {
      backoff.hurry();
      line.hurry();
      outbox.hurry();
    },
    forget() {
      outbox.clear();
      keep.remove(tokenKey);
      stop();
    },
    stop,
  };
}

/** The history, with what only this page knows put where it belongs: older before it, newer behind. */
function merge(history: readonly MessageFrame[], shown: readonly Item[]): Item[] {
  const known = new Map(shown.map((item) => [item.id, item]));
  const items = history.map(({ type: _type, ...frame }): Item => {
    const ours = known.get(frame.id);
    const status = frame.status ?? 'sent';
    // The server may not have heard yet what has been read here.
    const read = ours?.status === 'read' || status === 'read';
    return { ...frame, status: read ? 'read' : status, reaction: ours?.reaction };
  });
  const inHistory = new Set(history.map((frame) => frame.id));
  const others = shown.filter((item) => !inHistory.has(item.id));
  const first = history[0]?.at ?? '';
  const isOlder = (item: Item): boolean => item.status !== 'sending' && item.at < first;
  return [...others.filter(isOlder), ...items, ...others.filter((item) => !isOlder(item))];
}

/** How something waiting to be sent looks on the page. */
function itemOf({ event, at }: Entry): Item | undefined {
  const common = { at, from: 'visitor' as const, status: 'sending' as const };
  if (event.type === 'action') {
    return { ...common, id: event.id, content: { type: 'text', text: event.text ?? event.payload } };
  }
  if (event.type !== 'message') return undefined;
  const { id, text, media, location, replyTo } = event;
  if (media) {
    const { type, upload: _upload, ...file } = media;
    const content = { type, media: file, text } as Content;
    return { ...common, id, content, replyTo };
  }
  if (location) return { ...common, id, content: { type: 'location', location, text }, replyTo };
  return { ...common, id, content: { type: 'text', text: text ?? '' }, replyTo };
}

/** Letters nobody else has, never those of the server's own ids. `crypto.randomUUID` is missing on pages without TLS. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `w${btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')}`;
}
