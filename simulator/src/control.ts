/**
 * The Lab's own HTTP interface under /lab, for its page and for tests: who the people are, what the provider received, what the customer does.
 * Types only. Times are ISO 8601; ids are the provider's.
 */
export type Provider =
  | 'whatsapp'
  | 'telegram'
  | 'sms'
  | 'voice'
  | 'email'
  | 'facebook'
  | 'instagram'
  | 'rcs'
  | 'viber'
  | 'line';

/** GET /lab → `{ lab: true, url, providers: Played[] }`: what is played here, in the order of the wall. */
export interface Played {
  provider: Provider;
  /** What an adapter is given as its provider's base URL. */
  baseUrl: string;
  /** What a customer can do there. */
  deeds: Act['do'][];
}

/** A customer at the wall of phones: one person with an account at every provider. */
export interface Person {
  id: string;
  name: string;
  /** E.164. */
  phone: string;
  telegram: { id: number; firstName: string; lastName?: string; username?: string; languageCode?: string };
  /** With a username the number may be hidden: webhooks then carry the business-scoped `userId` alone. */
  whatsapp: { waId: string; userId: string; username?: string; hidesNumber?: boolean };
  email: string;
  /** Page-scoped id. */
  facebook: { psid: string };
  /** Instagram-scoped id. */
  instagram: { igsid: string; username: string };
  viber: { id: string };
  line: { userId: string };
  hue: number;
}

/** A business account at a provider: a bot, a phone number. GET /lab/accounts, POST /lab/accounts (idempotent by provider + account). */
export interface Account {
  provider: Provider;
  /** Bot id, phone number id, page id, number, address: what the provider calls the account. */
  account: string;
  title: string;
  /** What the platform's channel is configured with. Telegram: botToken, username. WhatsApp: accessToken, appSecret, verifyToken, phoneNumberId, businessAccountId, displayPhoneNumber. Mail: username, password, smtpHost, smtpPort, imapHost, imapPort (the ports are told, not taken), and Mailgun’s apiKey, domain, webhookSigningKey. */
  credentials: Record<string, string>;
  /** Where the provider calls us, as registered by the platform (Telegram setWebhook) or set here (WhatsApp). */
  webhookUrl?: string;
}

/** What the phone shows: drawn from what the provider received or what the customer did, never from our intention. */
export interface PhoneMessage {
  /** The provider's: on Telegram `CHATID:MESSAGEID`, since a bare message id is unique in its chat only; on WhatsApp the wamid. */
  id: string;
  from: 'business' | 'customer';
  at: string;
  kind:
    | 'text'
    | 'image'
    | 'video'
    | 'audio'
    | 'document'
    | 'sticker'
    | 'location'
    | 'contact'
    | 'list'
    | 'service'
    | 'mail'
    | 'call';
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
    kind: 'reply' | 'postback' | 'link' | 'call' | 'location_request' | 'contact_request' | 'share' | 'webview' | 'buy';
    url?: string;
    /**
     * Where it is drawn: with the message; under the input line until it is taken away (then it is in `Phone.keyboard` too); or as a pill over
     * the input line that goes with the next message, as quick replies and suggestions do. `inline` unless said.
     */
    style?: 'inline' | 'keyboard' | 'quick';
    /** A picture on the button (Messenger's quick replies, LINE's, Viber's keyboard). */
    imageUrl?: string;
    /** The button's own colour, where the provider lets the business choose it (Viber). */
    colour?: string;
  }[][];
  list?: {
    button: string;
    sections: { title?: string; rows: { id: string; title: string; description?: string }[] }[];
  };
  location?: { latitude: number; longitude: number; name?: string; address?: string };
  /** A carousel: cards side by side, each with its picture, text and buttons. */
  cards?: { mediaUrl?: string; title?: string; text?: string; buttons: NonNullable<PhoneMessage['buttons']> }[];
  /** A mail's subject, and its HTML as it was sent: whoever draws it keeps it in a sandbox. */
  subject?: string;
  html?: string;
  /** The mail's conversation, as the mail client threads it. */
  thread?: string;
  /** Files beside the words, where a message can hold several (mail, MMS). */
  attachments?: { url: string; filename: string; mimeType: string }[];
  /** A call: what was said to the person, and the keys the menu of the moment names. */
  call?: {
    state: 'ringing' | 'in_call' | 'ended';
    says: string[];
    /** Everything in order, where the provider's double keeps it: what the business said, what the person spoke or pressed. */
    lines?: { from: 'business' | 'customer'; text: string }[];
    menu?: { digit: string; text: string }[];
    /** What is waited for just now. */
    gather?: ('digits' | 'speech' | 'record')[];
  };
  /** How an SMS was cut for the air. */
  segments?: { encoding: 'GSM-7' | 'UCS-2'; count: number };
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
  /** The reply keyboard that lies under the phone's input line just now (Telegram). */
  keyboard?: { messageId: string; buttons: NonNullable<PhoneMessage['buttons']> };
  /** The menu that is there before anybody wrote: Messenger's persistent menu, LINE's rich menu. Tapped with the messageId `menu`. */
  menu?: NonNullable<PhoneMessage['buttons']>;
  /** What an empty chat offers: get started and ice breakers (`{do:'start', payload: id}`), commands (`{do:'text', text: id}`). */
  starters?: { id: string; text: string; kind: 'start' | 'command' }[];
}

/**
 * POST /lab/phones/:provider/:account/:person/acts → { id } of what was made (message or tap); `null` where nothing left the phone.
 * `echo`: the business answers from its own phone (WhatsApp). `elapse`: so many hours pass since the customer's last word.
 */
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
  | { do: 'block' | 'unblock' }
  | { do: 'echo'; text: string }
  | { do: 'elapse'; hours: number }
  /** A mail; `automatic` as an out-of-office program sends it. Without `inReplyTo` a new thread. */
  | {
      do: 'mail';
      subject: string;
      text: string;
      html?: string;
      attachments?: { filename: string; mimeType: string; base64: string }[];
      inReplyTo?: string;
      automatic?: boolean;
    }
  | { do: 'dial' | 'answer' | 'hangup' }
  | { do: 'press'; digits: string }
  | { do: 'speak'; text: string }
  /** Leaves a recording; silence of that length when no sound is given. */
  | { do: 'record'; seconds: number; base64?: string }
  | { do: 'unsend'; messageId: string }
  | { do: 'typing'; on: boolean }
  | { do: 'follow' | 'unfollow' }
  /** Opens the chat by its button, a starter or a deep link; `payload` is what that carries. */
  | { do: 'start'; payload?: string }
  | { do: 'story_mention' }
  | { do: 'story_reply'; text: string }
  | { do: 'share'; title?: string; url?: string }
  /** What the phone can do from now on (RCS): take messages, be out of reach until it can again, or know nothing of the channel. */
  | { do: 'device'; reach: 'rcs' | 'offline' | 'none' };

/** GET, PUT /lab/misbehaviour → one Misbehaviour by provider played; a PUT may give a part, and `seed` to make the draws repeatable. Probabilities from 0 to 1 unless a name says otherwise; one setting for each provider. */
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
  /** Report on a message before answering the request that made it (WhatsApp). */
  earlyReceipt: number;
}

/** GET, PUT /lab/settings: how the doubles behave when they behave. A PUT may give a part. */
export interface Settings {
  /** The person opens the chat so many milliseconds after a message arrives; `null`: only when told to (`{do:'read'}`). */
  autoReadMs: number | null;
  /** `natural`: receipts follow after some milliseconds, as between people; `instant`: at once, for measuring. */
  receipts: 'natural' | 'instant';
  /** The 24-hour window of WhatsApp: `refuse` in the answer, `fail` by a later status, or `off`. */
  window: 'refuse' | 'fail' | 'off';
  /** Enforce the providers' rate limits (Telegram 30/s and 1/s a chat; WhatsApp 80/s and 1 in 6 s a person). */
  limits: boolean;
  /** A bot may only write to people who wrote first. */
  startRequired: boolean;
  /** Unknown, well-formed Telegram tokens become bots. */
  autoCreate: boolean;
  /** Simultaneous POSTs to one WhatsApp callback; above 1 the order between people is not kept. */
  callbackConnections: number;
  /** Most updates in one WhatsApp body. */
  callbackBatch: number;
  /** A refused webhook is sent again after this long, doubling each time up to the second. */
  retryFirstMs: number;
  retryMaxMs: number;
  /** A webhook that is not answered in this time counts as refused. */
  webhookTimeoutMs: number;
  /** How long a second of a call lasts: speech, pauses and timeouts are that much shorter. */
  callSecondMs: number;
}

/** POST /lab/load → 202 LoadReport: invented people each send numbered messages through real webhooks, the next one when the last was taken. */
export interface LoadRequest {
  provider: Provider;
  account: string;
  people: number;
  /** For each person. */
  messages: number;
  /** People with a message on its way at the same time. Default 50. */
  concurrency?: number;
  /** The text is followed by ` #NUMBER`; answers that repeat the number are counted as answers. */
  text?: string;
  /** Messages a second over all; as fast as they are taken when absent. */
  rate?: number;
  /** The first person's number, so that two runs can use different people. */
  firstPerson?: number;
  /** Keep the ledger. Default true. */
  ledger?: boolean;
  /** Answer when all is sent and taken. */
  wait?: boolean;
}

/** GET, DELETE (stop) /lab/load/:id. */
export interface LoadReport {
  id: string;
  running: boolean;
  total: number;
  sent: number;
  /** Answered 2xx. */
  acked: number;
  /** Refused or unanswered attempts, each tried again. */
  failedAttempts: number;
  ms: number;
  perSecond: number;
  /** From sending to 2xx, milliseconds. */
  ack: { p50: number; p99: number; max: number };
}

/** GET /lab/ledger?provider=&account=[&person=][&summary=1]: what the invented people of a load sent and got. */
export interface Ledger {
  provider: Provider;
  account: string;
  summary: {
    people: number;
    sent: number;
    acked: number;
    /** Messages whose number came back. */
    answered: number;
    /** Taken with 2xx, yet never answered. */
    unanswered: number;
    /** Texts said again to the same person, beyond the first time. */
    doubled: number;
    /** Answers whose number is lower than one before, first arrivals only. */
    outOfOrder: number;
    receipts: Record<'sent' | 'delivered' | 'read' | 'failed', number>;
    /** From our sending to the answer's arrival, milliseconds. */
    answerMs: { p50: number; p99: number };
  };
  people: LedgerPerson[];
}

/** One person's part of the ledger, both lists in order. */
export interface LedgerPerson {
  person: string;
  sent: { n: number; id: string; at: string; ackedAt?: string; attempts: number }[];
  /** First arrivals in order; `count` tells how often the same text came. */
  got: { text: string; at: string; id: string; count: number; partKey?: string }[];
  receipts: Record<'sent' | 'delivered' | 'read' | 'failed', number>;
}

/** GET /lab/stats: counts since the start or the last reset, load included. */
export interface Stats {
  requests: Record<string, number>;
  webhooks: { posted: number; accepted: number; failed: number; updates: number; pending: number };
}

/** A webhook word for word, for those who record: header names in lower case. */
export interface Wire {
  method: string;
  headers: Record<string, string>;
  body: string;
  /** The body is no text and stands here as base64. */
  base64?: true;
}

/** GET /lab/events (Server-Sent Events, one JSON a `data:` line): everything the doubles see, in order. */
export type LabEvent = { seq: number; at: string; provider: Provider; account: string; person?: string } & (
  | {
      type: 'request';
      method: string;
      path: string;
      /** 0: never answered, on purpose. */
      status: number;
      ms: number;
      request: unknown;
      answer: unknown;
      messageId?: string;
      /** Fields that the provider's specification does not know; the provider would pass over them in silence. */
      ignored?: string[];
    }
  | {
      type: 'webhook';
      url: string;
      status: number | null;
      ms: number;
      /** The body as JSON, or a form's fields. */
      body: unknown;
      wire?: Wire;
      error?: string;
      duplicate?: boolean;
      messageId?: string;
    }
  | {
      type: 'phone';
      /** `notice`: the words that a bot answers a tap with. `keyboard`: the reply keyboard came or went. */
      change: 'message' | 'status' | 'typing' | 'edit' | 'delete' | 'reaction' | 'block' | 'notice' | 'keyboard';
      messageId?: string;
      text?: string;
    }
);
