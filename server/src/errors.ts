/** Every error code the API can answer with: its HTTP status, and the sentence said when the place that throws has no better one. */
export const ERRORS = {
  VALIDATION_ERROR: { status: 400, says: 'The request is not of the right shape; see details.' },
  INVALID_CHANNEL_TYPE: { status: 400, says: 'There is no such channel type.' },
  INVALID_RECIPIENT: { status: 400, says: 'This is not an address the channel can send to.' },
  UNSUPPORTED_CONTENT_TYPE: { status: 400, says: 'The channel cannot carry this kind of content at all.' },
  ACTIVE_CONVERSATIONS_EXIST: {
    status: 400,
    says: 'The channel has open conversations. Resolve them, or delete with force=true.',
  },
  AUTHENTICATION_REQUIRED: {
    status: 401,
    says: 'Send an API key as X-API-Key, or as a Bearer token in Authorization.',
  },
  INVALID_API_KEY: { status: 401, says: 'This API key is unknown, expired or revoked.' },
  INVALID_CREDENTIALS: { status: 401, says: 'There is no such address with this password.' },
  LINK_EXPIRED: {
    status: 404,
    says: 'This link has been used, or its time is over. Start Tributary again for a new one.',
  },
  INVALID_TOKEN: { status: 401, says: 'This session has ended. Open the page again from its link.' },
  INSUFFICIENT_PERMISSIONS: { status: 403, says: 'This key may not do that.' },
  CROSS_SITE_REQUEST: { status: 403, says: 'A write with a session cookie needs the header X-Tributary-Request: 1.' },
  ORIGIN_NOT_ALLOWED: { status: 403, says: 'Pages of this website may not use the channel.' },
  RESOURCE_NOT_FOUND: { status: 404, says: 'There is nothing here.' },
  CHANNEL_NOT_FOUND: { status: 404, says: 'There is no such channel.' },
  CONTACT_NOT_FOUND: { status: 404, says: 'There is no such contact.' },
  CONVERSATION_NOT_FOUND: { status: 404, says: 'There is no such conversation.' },
  MESSAGE_NOT_FOUND: { status: 404, says: 'There is no such message.' },
  BOT_NOT_FOUND: { status: 404, says: 'There is no such bot.' },
  INBOX_NOT_FOUND: { status: 404, says: 'There is no such inbox.' },
  RESOURCE_ALREADY_EXISTS: { status: 409, says: 'This exists already.' },
  CHANNEL_ALREADY_EXISTS: { status: 409, says: 'This account is connected to the workspace already.' },
  RESOURCE_IN_USE: { status: 409, says: 'Something else still refers to this.' },
  PAYLOAD_TOO_LARGE: { status: 413, says: 'The body is larger than this address accepts.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, says: 'Send JSON, with Content-Type: application/json.' },
  NOT_SUPPORTED_BY_CHANNEL: { status: 422, says: 'This channel type has no such thing.' },
  PROVIDER_REFUSED: { status: 422, says: 'The provider refused it; see its own words.' },
  CHANNEL_NOT_CONNECTED: { status: 422, says: 'The channel is switched off or in error. Connect it first.' },
  OUTSIDE_MESSAGE_WINDOW: {
    status: 422,
    says: 'The time for free messages is over; send a template or wait for the customer to write.',
  },
  RECIPIENT_OPTED_OUT: { status: 422, says: 'The recipient has opted out of this channel or blocked it.' },
  CONTENT_DOES_NOT_FIT: { status: 422, says: 'The channel cannot say this exactly as written; see details.' },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    says: 'This Idempotency-Key was used in the last 24 hours for another request.',
  },
  RATE_LIMIT_EXCEEDED: { status: 429, says: 'Too many requests. Wait for the seconds in Retry-After.' },
  INTERNAL_ERROR: { status: 500, says: 'Something went wrong on our side. Tell us the request id.' },
  CHANNEL_ERROR: { status: 502, says: 'The provider could not be asked.' },
  SERVICE_UNAVAILABLE: { status: 503, says: 'The database cannot be reached just now. Try again shortly.' },
} as const satisfies Record<string, { status: number; says: string }>;

export type ApiErrorCode = keyof typeof ERRORS;

/** One fault of a request: where, and what is wrong there. `field` is a path such as `config.botToken` or `triggers[0].action`. */
export interface Fault {
  field: string;
  message: string;
}

/** The caller said something wrong, or asked for what the present state forbids. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly code: ApiErrorCode,
    message?: string,
    readonly details?: readonly Fault[],
    options?: { cause?: unknown },
  ) {
    super(message ?? ERRORS[code].says, options);
  }
  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** A 400 that names the faults. */
export function invalid(...faults: Fault[]): ApiError {
  return new ApiError('VALIDATION_ERROR', faults.map((fault) => `${fault.field}: ${fault.message}`).join(' '), faults);
}
