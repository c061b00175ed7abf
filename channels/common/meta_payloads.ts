import type { Media } from '@tributary/protocol';

/** The Send API’s own words, only those we write. */

/** A file: `url` is fetched by Meta, `attachment_id` was uploaded before; neither: it is uploaded first, see `Upload`. */
export interface FilePayload {
  url?: string;
  attachment_id?: string;
  is_reusable?: true;
}
export type FileKind = 'image' | 'video' | 'audio' | 'file';

/** A button that stays with its message. */
export type Button =
  | { type: 'postback'; title: string; payload: string }
  | { type: 'web_url'; title: string; url: string; webview_height_ratio?: 'tall' }
  | { type: 'phone_number'; title: string; payload: string };

/** An answer that goes away once one is chosen. Those without a title show what the person’s profile knows. */
export type QuickReply =
  | { content_type: 'text'; title: string; payload: string; image_url?: string }
  | { content_type: 'user_phone_number' | 'user_email' };

/** A card. */
export interface Element {
  title: string;
  subtitle?: string;
  image_url?: string;
  default_action?: { type: 'web_url'; url: string };
  buttons?: Button[];
}

export interface MediaElement extends FilePayload {
  media_type: 'image' | 'video';
  buttons?: Button[];
}

export type TemplatePayload =
  | { template_type: 'button'; text: string; buttons: Button[] }
  | { template_type: 'generic'; elements: Element[] }
  | { template_type: 'media'; elements: MediaElement[] };

export type OutboundAttachment =
  | { type: FileKind; payload: FilePayload }
  | { type: 'template'; payload: TemplatePayload }
  | { type: 'like_heart' }
  | { type: 'MEDIA_SHARE'; payload: { id: string } };

/** `message` of a send. */
export interface OutboundMessage {
  text?: string;
  attachment?: OutboundAttachment;
  /** Several pictures in one message: Instagram. */
  attachments?: { type: 'image'; payload: FilePayload }[];
  sticker_id?: number;
  quick_replies?: QuickReply[];
  template?: { name: string; language: { code: string }; components?: unknown[] };
  /** Comes back in the echo: Messenger. */
  metadata?: string;
}

/** A file to upload before the message that names it: its id goes to the first place there that has neither an id nor a link. */
export interface Upload {
  kind: FileKind;
  media: Media;
}

/** One message to send, and what has to be uploaded for it. */
export interface Saying {
  message: OutboundMessage;
  uploads?: Upload[];
  /** What the trace calls it. */
  name: string;
}

/** What differs between the products, and the ways to log in. */
export interface Manner {
  title: string;
  /** Instagram: a heart, posts, pictures together; no stickers, no media template. */
  instagram: boolean;
  /** A file that has a link goes by it, even when it is stored with us. */
  byLink: boolean;
}
