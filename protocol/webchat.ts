import type { Content, ContentOf, MediaKind } from './content.ts';

/** What our own web widget and the platform say to each other. Times are ISO 8601; ids of the visitor's events are made by the widget and stay the same over retries. */

/** What the visitor does, posted to the webhook door as `{events: [...]}`. */
export type VisitorEvent =
  | {
      type: 'message';
      id: string;
      text?: string;
      /** `upload`: what the upload of the file answered. */
      media?: {
        type: Exclude<MediaKind, 'sticker'>;
        upload: string;
        mimeType?: string;
        filename?: string;
        size?: number;
      };
      location?: ContentOf<'location'>['location'];
      replyTo?: string;
    }
  | { type: 'action'; id: string; payload: string; text?: string; of?: string }
  | { type: 'edit'; id: string; of: string; text: string }
  | { type: 'reaction'; id: string; of: string; emoji: string | null }
  | { type: 'typing'; id: string; on: boolean }
  | ({ type: 'delivered' | 'read' } & ({ externalId: string } | { upTo: string }));

/** What the page is told. `id` is the same however often a frame comes. */
export type Frame =
  | MessageFrame
  | { type: 'edit'; id: string; of: string; content: Content; format?: 'markdown' }
  | { type: 'remove'; id: string; of: string }
  | { type: 'reaction'; id: string; of: string; emoji: string | null }
  | { type: 'typing'; on: boolean }
  /** The business has read what the visitor wrote. */
  | { type: 'read'; of: string };

export interface MessageFrame {
  type: 'message';
  id: string;
  at: string;
  from: 'business' | 'visitor';
  content: Content;
  /** How the content's words are written; plain when absent. */
  format?: 'markdown';
  replyTo?: string;
  /** How far a message of history has come. */
  status?: 'sent' | 'delivered' | 'read';
}

/** A frame on the socket: `cursor` is where to resume after it. `ready` says that everything missed has been told; `pong` answers a ping. */
export type SocketFrame = (Frame & { cursor: string }) | { type: 'ready'; cursor: string } | { type: 'pong' };

/** What a page may know of its channel. */
export interface WidgetSettings {
  title: string;
  greeting?: string;
  color?: string;
  position: 'left' | 'right';
  /** Which files the visitor may send; none where absent. */
  uploads?: UploadLimits;
}

/** `types`: MIME types, `image/*` for a family; any where absent. */
export interface UploadLimits {
  maxBytes: number;
  types?: readonly string[];
}

/** The answer to `POST …/uploads?filename=…`, whose body is the file itself. */
export interface Uploaded {
  /** What the message that holds the file names it by, for an hour. */
  upload: string;
  type: Exclude<MediaKind, 'sticker'>;
  mimeType: string;
  size: number;
  filename?: string;
  /** A link to it, for showing it. */
  url: string;
}

/** Who the visitor says to be; nothing is merged on it. */
export interface VisitorProfile {
  name?: string;
  email?: string;
  picture?: string;
  locale?: string;
}

/** The answer to `POST …/sessions`. */
export interface Session {
  visitorId: string;
  /** For 30 days; each session renews it. */
  token: string;
  config: WidgetSettings;
  /** The newest 50, oldest first. */
  messages: MessageFrame[];
  cursor: string;
}
