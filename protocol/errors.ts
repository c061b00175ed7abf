/** Why a provider did not take what we sent: the closed list every adapter maps to. */
export const SEND_ERRORS = {
  bad_credentials: {
    retry: false,
    ours: true,
    says: 'The provider refused the channel’s credentials. Reconnect the channel.',
  },
  invalid_recipient: { retry: false, ours: false, says: 'This recipient cannot be reached on this channel.' },
  opted_out: { retry: false, ours: false, says: 'The recipient has opted out or blocked this channel.' },
  window_closed: {
    retry: false,
    ours: false,
    says: 'The time for free messages is over; send a template or wait for the customer to write.',
  },
  content_refused: { retry: false, ours: true, says: 'The provider refused the content; see its own words.' },
  too_large: { retry: false, ours: true, says: 'A file is larger than the channel allows.' },
  rate_limited: {
    retry: true,
    ours: false,
    says: 'The provider asked us to slow down; the message will be tried again.',
  },
  unavailable: { retry: true, ours: false, says: 'The provider is not reachable; the message will be tried again.' },
  rejected: { retry: false, ours: true, says: 'The provider refused the message.' },
  unexpected: {
    retry: true,
    ours: true,
    says: 'The provider answered in a way we do not know; the message will be tried again a few times.',
  },
} as const satisfies Record<string, { retry: boolean; ours: boolean; says: string }>;

export type SendErrorCode = keyof typeof SEND_ERRORS;

/** A person who does not want to hear from us: by a word, or by a block of the provider's that only its end undoes. `purpose`: `marketing`. */
export interface OptOut {
  state: 'opted_out' | 'blocked';
  purpose?: string;
}

export interface SendErrorDetail {
  /** The provider's own code, as it spells it. */
  providerCode?: string;
  /** The provider's own sentence, secrets taken out. */
  providerMessage?: string;
  /** Wait at least so long, in milliseconds, before the next try. */
  retryAfterMs?: number;
  /** What has to wait: this recipient, or the whole channel. */
  scope?: 'recipient' | 'channel';
  /** The chat has moved: send there from now on (Telegram's supergroups). */
  movedTo?: string;
  /** With `opted_out`: how the person stopped us, and from what. A word about everything where absent. */
  optOut?: OptOut;
  /** The provider's own name for this very call, which its support asks for. */
  traceId?: string;
}

/** The provider said no, or we could not ask. Only `outbound/` decides what follows. */
export class SendError extends Error {
  override readonly name = 'SendError';
  constructor(
    readonly code: SendErrorCode,
    readonly detail: SendErrorDetail = {},
    options?: { cause?: unknown },
  ) {
    super(detail.providerMessage ?? SEND_ERRORS[code].says, options);
  }
  get retry(): boolean {
    return SEND_ERRORS[this.code].retry;
  }
}

/** The request went out, or may have, and no answer came: neither sent nor failed until evidence arrives. */
export class UnknownOutcome extends Error {
  override readonly name = 'UnknownOutcome';
}
