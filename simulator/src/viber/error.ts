/** Viber's statuses and the words it has for them. */
const words = {
  0: 'ok',
  1: 'invalidUrl',
  2: 'invalidAuthToken',
  3: 'badData',
  4: 'missingData',
  5: 'receiverNotRegistered',
  6: 'receiverNotSubscribed',
  7: 'publicAccountBlocked',
  10: 'webhookNotSet',
  12: 'tooManyRequests',
  13: 'apiVersionNotSupported',
} as const;
export type Status = keyof typeof words;

/** A refusal as Viber answers it: HTTP 200 and a status. `more` follows Viber's word, as in its own answers. */
export class ViberError extends Error {
  readonly status: Status;

  constructor(status: Status, more?: string) {
    super(more ? `${words[status]}: ${more}` : words[status]);
    this.status = status;
  }
}

export const badData = (more: string): ViberError => new ViberError(3, more);
export const missingData = (name: string): ViberError => new ViberError(4, `${name} is missing`);
