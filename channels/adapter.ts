import type {
  Attachment,
  Capabilities,
  ChannelType,
  Choice,
  Content,
  Media,
  MessagePart,
  OptOut,
  SendErrorCode,
  UploadLimits,
} from '@tributary/protocol';
import type { TObject } from 'typebox';

/**
 * The contract between the server and a channel. Everything is pure except the members that take `io`; an adapter sees no database,
 * clock, queue, environment or global fetch. See docs/decisions for what changed since the first sketch.
 */
export interface ChannelAdapter<Config = Record<string, unknown>> {
  type: ChannelType;
  title: string;
  /** TypeBox object; the API's check and the dashboard's form are made from it. Each property has `title`, `description` (where to find the value) and, where it helps, `examples`. */
  config: TObject;
  /** Shown as `********`, sealed at rest. */
  secrets: readonly (keyof Config & string)[];
  /** The providers of the type that `config.provider` chooses from, the default first; absent where there is one. */
  providers?: readonly string[];
  /** Values we make ourselves where the caller gave none (webhook secrets, verify tokens). `random` gives 32 URL-safe characters. */
  defaults?(config: Partial<Config>, random: () => string): Partial<Config>;
  /** The provider's own name for the account this config speaks for: bot id, phone number id. An event names it in `account`. */
  account(config: Config): string;
  /** What customers see as the other side, as inbound events spell it in `to`: our number, our bot’s name. Absent, or empty while not known yet: the account. */
  self?(config: Config): string;
  /** The provider’s base URL without a trailing slash; settings may point it elsewhere (the Lab, a self-hosted Bot API server). */
  baseUrl(config: Config): string;
  /** Further hosts of the provider, by a name of ours. Where settings point `baseUrl` elsewhere, host `data` is at `ELSEWHERE/data`. */
  hosts?(config: Config): Readonly<Record<string, string>>;
  capabilities(config: Config): Capabilities;
  /** Largest webhook body in bytes; a larger one is answered 413. */
  bodyLimit: number;

  // ---- in
  /** Constant time, over the raw bytes. `via: 'listen'` requests were fetched by us and never pass here. */
  verify(request: InboundRequest, config: Config): boolean;
  /** The provider's own check of our URL. Answered without storing. */
  handshake?(request: InboundRequest, config: Config): HttpReply | undefined;
  /** The accounts a body names, for the app-level door: present means one URL may serve many channels. Never throws. */
  accounts?(request: InboundRequest): string[];
  /** Throws only `Unparsable`, where the body is not what the provider can send at all; what it cannot read inside becomes `unsupported` or `ignored` with a reason. */
  parse(request: InboundRequest, config: Config): InboundEvent[];
  /** For bodies that take long to read (mail, multipart): what `is` names is journalled and answered first, and read afterwards, off the hot path. `parse` never meets it. */
  later?: {
    is(request: InboundRequest): boolean;
    /** As `parse`, and as strict about what it throws. */
    read(request: InboundRequest, config: Config): Promise<InboundEvent[]>;
  };
  /** What the provider wants to read in our 2xx; an empty 200 when absent. */
  accepted?(request: InboundRequest, config: Config): HttpReply;

  // ---- out
  /** Reads an address as a caller writes it (`to` of the API): a phone number, a chat id. Undefined when it is none of this channel's. */
  address(text: string, config: Config): Address | undefined;
  /** Meets only what `capabilities` declared, because fit() ran before. A request may depend on the answer to the one before (upload, then send). */
  render(part: MessagePart, context: RenderContext, config: Config): ProviderRequest[];
  /** `context.newest` is looked up for this channel; absent: it is not, and stays empty. */
  readsNewest?: true;
  /** Throws SendError with a code of the closed list or UnknownOutcome, else tells what the provider called it. */
  send(request: ProviderRequest, config: Config, io: Io): Promise<Sent>;

  // ---- abilities: present means able
  /** The answer travels in the webhook’s own response (voice). */
  reply?: ReplyAbility<Config>;
  /**
   * Fetches requests where the provider does not push them (IMAP, polling). One process at a time runs it, under a lease; it ends when
   * `io.signal` aborts, and is started again with the newest saved cursor. The cursor is saved in the transaction that accepts its request.
   */
  listen?(config: Config, io: Io, cursor: string | null): AsyncIterable<{ request: InboundRequest; cursor: string }>;
  /** Whether `listen` applies to this config; always where absent. */
  listens?(config: Config): boolean;
  /**
   * Opens a file that an inbound message holds by `media.ref`, or by a URL of the provider’s. `request` is the raw request it came in, for files that
   * travelled inside it. Credentials go only to hosts of the adapter’s own. Throws SendError.
   */
  fetchMedia?(media: Media, config: Config, io: Io, request: InboundRequest): Promise<OpenMedia>;
  connect?(config: Config, io: Io, hook: { url: string }): Promise<Connected<Config>>;
  disconnect?(config: Config, io: Io): Promise<void>;
  probe?(config: Config, io: Io, hook: { url: string }): Promise<Finding[]>;
  /** Looks for what a request whose answer never came has made at the provider: the message, or that there is none. Throws SendError. */
  lookup?(
    attempt: { request: ProviderRequest; partKey: string; at: Date },
    config: Config,
    io: Io,
  ): Promise<Sent | 'absent' | 'unknown'>;
  /** Requests that mark read, stop a button's spinner. */
  acknowledge?(event: InboundEvent, config: Config): ProviderRequest[];
  /** `answering`: the customer's newest message, for providers that tie the sign to it. */
  typing?(to: Address, on: boolean, config: Config, answering?: { externalId: string }): ProviderRequest[];
  /** Requests that make a message of ours say something else. */
  edit?(externalId: string, part: MessagePart, context: RenderContext, config: Config): ProviderRequest[];
  /** Requests that take a message of ours back for everybody. */
  remove?(externalId: string, context: RenderContext, config: Config): ProviderRequest[];
  /** Requests that put an emoji under a message, or with `null` take ours away. */
  react?(externalId: string, emoji: string | null, context: RenderContext, config: Config): ProviderRequest[];
  profile?(address: Address, config: Config, io: Io): Promise<Profile>;
  /** New values for credentials that expire. */
  refresh?(config: Config, io: Io): Promise<Partial<Config>>;
  /** What one person’s device can show, asked of the provider (RCS). `reachable: false` means this channel cannot reach them at all. */
  check?(address: Address, config: Config, io: Io): Promise<Reach>;
  /** Messages approved beforehand. `create` may end as `pending`; approval follows by the event `template_status`. */
  templates?: TemplateAbility<Config>;
  /** What the provider keeps for us: menu, greeting, ice breakers, commands. */
  settings?: SettingsAbility<Config>;
  /** Requests that call somebody. */
  call?(to: Address, context: RenderContext, config: Config): ProviderRequest[];
  /** Where a message goes that this channel cannot deliver, when its sender named nothing else: a channel of the workspace, by its id. */
  fallback?(config: Config): { channelId: string; afterSeconds: number } | undefined;
  /** A link that opens the chat; `code` comes back with the first word. Throws an Error whose sentence says what is missing. */
  deepLink?(code: string, config: Config): { url: string };
  /** A contact may be linked to this channel by what is known of them. */
  linkable?: { by: 'phone' | 'email'; confirmations: readonly ('immediate' | 'userActivity' | 'prompt')[] };
  /** People reach this channel through sockets of ours. */
  socket?: SocketAbility<Config>;
}

/**
 * The channel is ours from end to end: the server serves `/TYPE/CHANNEL/sessions` and `/TYPE/CHANNEL/socket`, and what `io.publish` was given
 * comes out of the visitor's socket, after a reconnect too.
 */
export interface SocketAbility<Config> {
  /** May a page of this origin speak here? `host` is what the request called us. Requests without an origin (apps, servers) are not asked about. */
  allowsOrigin(origin: string, host: string, config: Config): boolean;
  /** Who the token speaks for, if anybody. Constant time. */
  visitor(token: string, at: Date, config: Config): Address | undefined;
  /** Somebody comes: whom the token names, else somebody new. `settings` may be read by anybody. */
  open(
    asked: { token?: string; profile?: unknown },
    at: Date,
    random: () => string,
    config: Config,
  ): { visitor: Address; thread: Thread; token: string; settings: object };
  /** Which files somebody may send (`/TYPE/CHANNEL/uploads`); none where absent. A message names one by `media.ref.upload`, as the upload was answered. */
  uploads?(config: Config): UploadLimits | undefined;
  /** Something said before, as the frame it was or would have been. */
  recall(said: Said, config: Config): { id: string } | undefined;
}

/**
 * The provider asks what to say and waits: what `send` gave to `io.publish` for this person is handed to the request that is waiting. A request names
 * the place in the log up to which everything has been said (`after`), because `answer` wrote it into the URL the provider asks next.
 */
export interface ReplyAbility<Config> {
  /** Whose words this request waits for; undefined where it waits for none (a status callback). Never throws. */
  waits(request: InboundRequest, config: Config): { to: Address; after?: string; waitMs: number } | undefined;
  /** The answer with what was published meanwhile, which may be nothing yet; `after` is the place to ask from next. Never throws. */
  answer(frames: readonly unknown[], request: InboundRequest, config: Config, after: string | undefined): SpokenReply;
}

/** An answer that says something: the part keys of what it says. */
export interface SpokenReply extends HttpReply {
  said: string[];
}

/** What a device can show. */
export interface Reach {
  reachable: boolean;
  /** The provider’s own words for what it can show. */
  features: string[];
}

/** A message approved beforehand, or waiting for it. */
export interface Template {
  /** The provider’s id, where it has one beside the name. */
  id?: string;
  name: string;
  language: string;
  category?: string;
  status: 'approved' | 'pending' | 'rejected' | 'paused' | 'disabled';
  reason?: string;
  /** As the provider spells them. */
  components: unknown[];
}
export interface TemplateAbility<Config> {
  list(config: Config, io: Io): Promise<Template[]>;
  create(
    draft: Pick<Template, 'name' | 'language' | 'category' | 'components'>,
    config: Config,
    io: Io,
  ): Promise<Template>;
  /** In one language, or in all. */
  remove(named: { name: string; language?: string }, config: Config, io: Io): Promise<void>;
}
export interface SettingsAbility<Config> {
  /** TypeBox object: the API’s check and the dashboard’s form. Every property is optional; each has `title` and `description`. */
  schema: TObject;
  read(config: Config, io: Io): Promise<Record<string, unknown>>;
  /** Writes the members that are given; `null` takes one away. */
  write(settings: Record<string, unknown>, config: Config, io: Io): Promise<void>;
}

/** A file on its way: bytes as they come, and what is known of them. */
export interface OpenMedia {
  body: AsyncIterable<Uint8Array>;
  mimeType?: string;
  filename?: string;
  /** Bytes, where the far end said so. */
  size?: number;
}

/** A message of the past, or one part of it where it was ours. */
export interface Said {
  direction: 'inbound' | 'outbound';
  externalId: string;
  content: Content;
  at: Date;
  replyTo?: string;
  status: 'sent' | 'delivered' | 'read';
  /** What was asked of the provider. */
  request?: ProviderRequest;
}

/** The body is nothing this provider can send: the server journals the request as `unparsed`, to be replayed after a fix. */
export class Unparsable extends Error {
  override readonly name = 'Unparsable';
}

export interface InboundRequest {
  via: 'http' | 'listen';
  method: string;
  /** Exactly what the provider called, query included. */
  publicUrl: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** Raw, up to the channel's limit. */
  body: Uint8Array;
  receivedAt: Date;
}

export interface HttpReply {
  status: number;
  contentType?: string;
  body?: string;
}

/**
 * What a provider told us. `key` is unique for ever within its channel: messages, edits, unsends, reactions, receipts and taps that share a
 * provider id have different keys. A message's key is always `messageKey(externalId)`, so that an edit finds what it edits.
 */
export type InboundEvent = { key: string; account: string; at: Date; raw: unknown } & (
  | {
      type: 'message';
      externalId: string;
      from: Address;
      thread: Thread;
      content: Content;
      attachments: Attachment[];
      groupKey?: string;
      replyTo?: string;
      profile?: Profile;
      /** Said by the business itself, on the provider's side: `from` is then the person it was said to. With `partKey` or a known external id it is our own message coming back. */
      echo?: boolean;
      partKey?: string;
      /** What the channel's `to` reads like: our number, our bot's name. */
      to?: string;
      /** Kept and shown, but no program answers it: an out-of-office reply, a bounce, a keyword that the carrier answers itself. */
      automatic?: boolean;
      metadata?: Record<string, unknown>;
    }
  | { type: 'edited'; externalId: string; content: Content }
  | { type: 'deleted'; externalId: string }
  | { type: 'reaction'; externalId: string; from: Address; emoji: string | null; thread?: Thread }
  | {
      type: 'action';
      externalId: string;
      from: Address;
      thread: Thread;
      payload: string;
      text?: string;
      of?: string;
      profile?: Profile;
      to?: string /** For acknowledge(). */;
      acknowledge?: Record<string, unknown>;
      /** As of a message: what `context.newest` tells of it later. */
      metadata?: Record<string, unknown>;
    }
  | {
      type: 'receipt';
      /** One message; with an `address`, everything said to that person before it as well. Or all that was said to them up to a moment. Or a part of ours. */
      target:
        | { externalId: string; address?: Address }
        | { upTo: Date; address: Address }
        | { partKey: string; externalId?: string };
      state: 'sent' | 'delivered' | 'read' | 'failed';
      error?: ProviderError;
    }
  | { type: 'typing'; from: Address; on: boolean }
  | {
      type: 'consent';
      from: Address;
      /** `help_asked` changes nothing; that it was asked, and when, is kept. */
      state: 'opted_out' | 'opted_in' | 'blocked' | 'unblocked' | 'help_asked';
      word?: string;
      /** What it is about, where it is not everything: `marketing`. */
      purpose?: string;
    }
  | {
      type: 'referral' | 'profile' | 'template_status' | 'migrated' | 'account';
      from?: Address;
      detail: unknown;
    }
  /**
   * A call and how it goes. While `open` is told with its id, messages to this person go into the call (`context.session`); it closes with
   * `open: false`. A call with a session stands in the conversation as one message, whose `detail` is the newest that was told.
   */
  | { type: 'call'; from?: Address; detail: unknown; session?: CallSession }
  | { type: 'ignored'; reason: string }
);
export type InboundEventOf<T extends InboundEvent['type']> = Extract<InboundEvent, { type: T }>;

/** A call that can be spoken into, by the provider's id for it. */
export interface CallSession {
  id: string;
  open: boolean;
  /** Who called: the person (`inbound`) or we. */
  direction: 'inbound' | 'outbound';
  /** Kept and shown, but no program answers it: it was over before anybody could. */
  automatic?: boolean;
}

/** The dedupe key of a message, from the provider's id for it. */
export const messageKey = (externalId: string): string => `message:${externalId}`;

/** Where a message belongs on its channel: a chat, a group's chat, a forum topic, a mail thread. */
export interface Thread {
  key: string;
  kind: 'direct' | 'group';
  title?: string;
}
/** One way to name someone on a channel. A person may have several (a number and a business-scoped id); no phone number is required. */
export interface Address {
  kind: 'phone' | 'email' | 'user_id' | 'scoped_id' | 'visitor' | 'chat';
  value: string;
  aliases?: Address[];
}
export interface Profile {
  name?: string;
  picture?: string;
  username?: string;
  locale?: string;
  [more: string]: unknown;
}
export interface ProviderError {
  code: SendErrorCode;
  providerCode?: string;
  providerMessage?: string;
  /** As in the detail of a SendError. */
  optOut?: OptOut;
}

export interface RenderContext {
  to: Address;
  thread: Thread;
  /** What is answered; with what was told beside its words, for channels that read `newest`. */
  replyTo?: { externalId: string; metadata?: Record<string, unknown> };
  /** The person’s newest message in this thread, for providers that tie what we say to it (mail’s References, LINE’s reply token). */
  newest?: { externalId: string; at: Date; metadata: Record<string, unknown> };
  /** Who says it: a program’s mail tells that it is one. */
  author?: 'agent' | 'bot' | 'system' | 'api';
  /** What fit() numbered in the whole message, in whichever part. */
  choices?: readonly Choice[];
  /** The call that is open with this person: its id. */
  session?: string;
  /** Chosen by the window rule: HUMAN_AGENT and the like. */
  windowTag?: string;
  /** What the message is for, where the sender said so: `marketing`, `authentication`… */
  purpose?: string;
  /** Ours, stable over retries: `dlv_….0`. */
  partKey: string;
  callbackUrl: string;
  now: Date;
  locale: string;
}

/** A request to the provider, before secrets are added: `url` is relative to the channel's base, `body` is JSON unless `form` says otherwise. Safe to store and show. */
export interface ProviderRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: unknown;
  /** How `body` travels: JSON unless it says `form` (an object; a list repeats its key, in order) or `multipart` (built by `send`, which opens its files). */
  encoding?: 'form' | 'multipart';
  /** A further host of the adapter’s `hosts`. */
  host?: string;
  /** What `send` publishes before it leaves: the first words of a call, which must be there when somebody answers. */
  frame?: unknown;
  /** Headers that are no secret and belong to the message: LINE’s retry key. */
  headers?: Readonly<Record<string, string>>;
  /** What it takes of the channel’s rate where that is not one: a text of several segments. */
  cost?: number;
  /** The words for the trace: `sendMessage`. */
  name: string;
}

export interface Sent {
  externalIds: string[];
  acceptedAt?: Date;
  /** A call that this opened: what is said next goes into it. */
  session?: string;
  raw: unknown;
}
export interface Connected<Config> {
  config?: Partial<Config>;
  name?: string;
  account?: string;
}
export interface Finding {
  name: 'credentials' | 'webhook' | 'permissions' | 'expiry';
  ok: boolean;
  message: string;
  /** What to do about it. */
  remedy?: string;
}

/** The only way out for an adapter. */
export interface Io {
  /** Base URL without a trailing slash: the provider's, or the Lab's where settings say so. */
  baseUrl: string;
  /** The adapter’s further hosts, in the same way. */
  hosts: Readonly<Record<string, string>>;
  /** Throws SendError `unavailable` when nothing was sent, UnknownOutcome when something was and no answer came. Any HTTP status is an answer. */
  http(request: HttpRequest): Promise<HttpAnswer>;
  /** Like `http`, for files: the body as it comes. Follows redirects, and takes the authorization along to the same origin only. */
  download(request: HttpRequest, limits: { maxBytes: number }): Promise<Download>;
  /** Opens a file of a message that goes out: one stored with us, or a link. Throws SendError `too_large` or `content_refused`. */
  open(media: Media, limits: { maxBytes: number }): Promise<OpenMedia>;
  /** For what is not HTTP (SMTP, IMAP): the address to connect to, checked like every other way out. Throws SendError `unavailable`. */
  resolve(host: string, port: number): Promise<{ address: string; servername: string }>;
  /** Puts a frame on the open sockets of a visitor (web chat), or into the call (voice), durably: it is an event of the log. */
  publish(to: Address, frame: unknown): Promise<void>;
  /** Aborts when `listen` has to end. */
  signal?: AbortSignal;
}
export interface Download extends OpenMedia {
  status: number;
  headers: Readonly<Record<string, string>>;
}
export interface HttpRequest {
  method: string;
  url: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Instead of `body`, for files: bytes as they come. Without a `content-length` among the headers they travel in chunks. */
  stream?: AsyncIterable<Uint8Array>;
  timeoutMs?: number;
}
export interface HttpAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  /** The body as JSON, or `undefined` when it is not. */
  json(): unknown;
}
