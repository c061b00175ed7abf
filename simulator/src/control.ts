/**
 * The Lab's own HTTP interface under /lab, for its page and for tests: who the people are, what the provider received, what the customer does.
 * Types only. Times are ISO 8601; ids are the provider's.
 */
export type Provider = 'telegram' | 'whatsapp';

/** A customer at the wall of phones: one person with an account at every provider. */
export interface Person {
  id: string;
  name: string;
  /** E.164. */
  phone: string;
  telegram: { id: number; firstName: string; lastName?: string; username?: string; languageCode?: string };
  whatsapp: { waId: string; userId: string };
  hue: number;
}

/** A business account at a provider: a bot, a phone number. GET /lab/accounts, POST /lab/accounts (idempotent by provider + account). */
export interface Account {
  provider: Provider;
  /** Bot id, phone number id. */
  account: string;
  title: string;
  /** Telegram: botToken, username. WhatsApp: accessToken, appSecret, verifyToken, phoneNumberId, businessAccountId, displayPhoneNumber. */
  credentials: Record<string, string>;
  /** Where the provider calls us, as registered by the platform (Telegram setWebhook) or set here (WhatsApp). */
  webhookUrl?: string;
}

/** What the phone shows: drawn from what the provider received or what the customer did, never from our intention. */
export interface PhoneMessage {
  id: string;
  from: 'business' | 'customer';
  at: string;
  kind: 'text' | 'image' | 'video' | 'audio' | 'document' | 'sticker' | 'location' | 'contact' | 'list' | 'service';
  text?: string;
  /** Rich runs of the text, already parsed by the provider. */
  entities?: {
    type: 'bold' | 'italic' | 'underline' | 'strike' | 'code' | 'link';
    offset: number;
    length: number;
    url?: string;
  }[];
  mediaUrl?: string;
  filename?: string;
  header?: string;
  footer?: string;
  /** Rows of buttons under the message. `id` is what a tap sends. */
  buttons?: {
    id: string;
    text: string;
    kind: 'reply' | 'postback' | 'link' | 'location_request' | 'contact_request';
    url?: string;
    style?: 'inline' | 'keyboard';
  }[][];
  list?: {
    button: string;
    sections: { title?: string; rows: { id: string; title: string; description?: string }[] }[];
  };
  location?: { latitude: number; longitude: number; name?: string; address?: string };
  replyTo?: string;
  edited?: boolean;
  deleted?: boolean;
  reactions?: string[];
  /** The customer's own message: what the webhook came to. The business's: what the phone has reported. */
  status?: 'sending' | 'accepted' | 'refused' | 'sent' | 'delivered' | 'read';
}

/** GET /lab/phones/:provider/:account/:person */
export interface Phone {
  provider: Provider;
  account: string;
  title: string;
  person: string;
  messages: PhoneMessage[];
  typing: boolean;
  blocked: boolean;
}

/** POST /lab/phones/:provider/:account/:person/acts → { id } of what was made (message or tap). */
export type Act =
  | { do: 'text'; text: string; replyTo?: string }
  | { do: 'tap'; messageId: string; buttonId: string }
  | { do: 'choose'; messageId: string; rowId: string }
  | {
      do: 'image' | 'document' | 'audio' | 'video';
      filename: string;
      mimeType: string;
      base64: string;
      caption?: string;
    }
  | { do: 'location'; latitude: number; longitude: number; name?: string }
  | { do: 'contact' }
  | { do: 'sticker'; emoji: string }
  | { do: 'edit'; messageId: string; text: string }
  | { do: 'react'; messageId: string; emoji: string | null }
  | { do: 'read' }
  | { do: 'block' | 'unblock' };

/** GET, PUT /lab/misbehaviour: probabilities from 0 to 1 unless a name says otherwise; one setting for each provider. */
export interface Misbehaviour {
  /** Answer 429 with retry_after seconds. */
  rateLimit: number;
  retryAfterSeconds: number;
  serverError: number;
  /** Take the request, do the work, never answer. */
  hang: number;
  /** Send a webhook twice. */
  duplicate: number;
  /** Swap a webhook with the next one. */
  reorder: number;
  /** Hold receipts back for so many milliseconds. */
  lateReceiptMs: number;
  /** Send no receipts at all. */
  noReceipts: boolean;
}

/** GET /lab/events (Server-Sent Events, one JSON a `data:` line): everything the doubles see, in order. */
export type LabEvent = { seq: number; at: string; provider: Provider; account: string; person?: string } & (
  | {
      type: 'request';
      method: string;
      path: string;
      status: number;
      ms: number;
      request: unknown;
      answer: unknown;
      messageId?: string;
    }
  | {
      type: 'webhook';
      url: string;
      status: number | null;
      ms: number;
      body: unknown;
      error?: string;
      duplicate?: boolean;
      messageId?: string;
    }
  | {
      type: 'phone';
      change: 'message' | 'status' | 'typing' | 'edit' | 'delete' | 'reaction' | 'block';
      messageId?: string;
    }
);
