/** A refusal in the Graph API's form. */
export class MetaError extends Error {
  readonly status: number;
  readonly body: Record<string, unknown>;

  constructor(status: number, error: Record<string, unknown>) {
    super(String(error.message));
    this.status = status;
    this.body = { error: { ...error, fbtrace_id: trace() } };
  }
}

let traces = Date.now();
const trace = () => `A${(traces++).toString(36)}LabTrace`;

/** Titles as Meta words them. */
const titles: Record<number, string> = {
  100: 'Invalid parameter',
  130429: 'Rate limit hit',
  131000: 'Something went wrong',
  131008: 'Required parameter is missing',
  131009: 'Parameter value is not valid',
  131016: 'Service unavailable',
  131021: 'Recipient cannot be sender',
  131026: 'Message undeliverable',
  131047: 'Re-engagement message',
  131051: 'Unsupported message type',
  131053: 'Media upload error',
  131056: '(Business Account, Consumer Account) pair rate limit hit',
  132000: 'Number of parameters does not match the expected number of params',
  132001: 'Template name does not exist in the translation',
};

/** The title of a code, for an answer and for a failed status alike. */
export const titleOf = (code: number): string => titles[code] ?? 'Unknown error';

/** A refusal of the WhatsApp API: the code decides, `details` explains. */
export function refuse(code: number, details: string, status = 400): MetaError {
  return new MetaError(status, {
    message: `(#${code}) ${titleOf(code)}`,
    type: 'OAuthException',
    code,
    error_data: { messaging_product: 'whatsapp', details },
  });
}

/** A wrong or absent token. */
export const badToken = (given: boolean): MetaError =>
  new MetaError(401, {
    message: given
      ? 'Invalid OAuth access token - Cannot parse access token'
      : 'An access token is required to request this resource.',
    type: 'OAuthException',
    code: 190,
  });

/** An id that is not there, or not ours to see; Meta does not tell the two apart. */
export const noObject = (id: string, verb: 'get' | 'post' | 'delete'): MetaError =>
  new MetaError(400, {
    message: `Unsupported ${verb} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.`,
    type: 'GraphMethodException',
    code: 100,
    error_subcode: 33,
  });
