/**
 * The Cloud API’s own words, only those we read or write. What comes in is `unknown` until a reader has looked at it: fields appear and vanish
 * several times a year.
 */

/** One element of `value.messages` or `value.message_echoes`; beside these, an object named like `type`. */
export interface InboundMessage {
  id?: unknown;
  /** Digits of the number; absent where the person hides it behind a username. */
  from?: unknown;
  /** The business-scoped id. */
  from_user_id?: unknown;
  /** Of an echo: to whom the business wrote. */
  to?: unknown;
  to_user_id?: unknown;
  timestamp?: unknown;
  type?: unknown;
  context?: unknown;
  referral?: unknown;
  errors?: unknown;
  group_id?: unknown;
  [kind: string]: unknown;
}

/** One element of `value.statuses`. */
export interface InboundStatus {
  id?: unknown;
  status?: unknown;
  timestamp?: unknown;
  errors?: unknown;
  biz_opaque_callback_data?: unknown;
  /** Of a message to a group: whose state it is. */
  recipient_participant_id?: unknown;
  recipient_participant_user_id?: unknown;
}

/** A file: `link` is fetched by Meta, `id` was uploaded before. */
export type OutboundMedia =
  | { link: string }
  | { id: string }
  /** To be uploaded: `send` puts its id here. */
  | { upload: { mediaId: string; mimeType?: string; filename?: string } };

/** What may stand above the body of an interactive message. */
export type Header =
  | { type: 'text'; text: string }
  | { type: 'image'; image: OutboundMedia }
  | { type: 'video'; video: OutboundMedia }
  | { type: 'document'; document: OutboundMedia & { filename?: string } };

export interface ListSection {
  title?: string;
  rows: { id: string; title: string; description?: string }[];
}

/** A link button: exactly one. */
export interface LinkAction {
  name: 'cta_url';
  parameters: { display_text: string; url: string };
}

export interface CarouselCard {
  card_index: number;
  /** Stays `cta_url` with quick replies too, in Meta’s own example. */
  type: 'cta_url';
  header: Header;
  body?: { text: string };
  action: LinkAction | { buttons: { type: 'quick_reply'; quick_reply: { id: string; title: string } }[] };
}

export type Interactive = { header?: Header; body: { text: string }; footer?: { text: string } } & (
  | { type: 'button'; action: { buttons: { type: 'reply'; reply: { id: string; title: string } }[] } }
  | { type: 'list'; action: { button: string; sections: ListSection[] } }
  | { type: 'cta_url'; action: LinkAction }
  | { type: 'location_request_message'; action: { name: 'send_location' } }
  | { type: 'carousel'; action: { cards: CarouselCard[] } }
);

export interface OutboundContact {
  name: { formatted_name: string; first_name: string; last_name?: string };
  phones?: { phone: string; type: string }[];
  emails?: { email: string; type: string }[];
  org?: { company: string };
}

/** The part of a send that says something. */
export type OutboundBody =
  | { type: 'text'; text: { body: string; preview_url?: boolean } }
  | { type: 'image'; image: OutboundMedia & { caption?: string } }
  | { type: 'video'; video: OutboundMedia & { caption?: string } }
  | { type: 'audio'; audio: OutboundMedia & { voice?: boolean } }
  | { type: 'document'; document: OutboundMedia & { caption?: string; filename?: string } }
  | { type: 'sticker'; sticker: OutboundMedia }
  | { type: 'location'; location: { latitude: string; longitude: string; name?: string; address?: string } }
  | { type: 'contacts'; contacts: OutboundContact[] }
  | { type: 'reaction'; reaction: { message_id: string; emoji: string } }
  | { type: 'interactive'; interactive: Interactive }
  | { type: 'template'; template: { name: string; language: { code: string }; components?: unknown[] } };
