/** A refusal in Twilio's form: its own code beside the HTTP status. */
export class TwilioError extends Error {
  readonly status: number;
  readonly code: number;
  readonly headers: Record<string, string>;

  constructor(status: number, code: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  get body(): Record<string, unknown> {
    return {
      code: this.code,
      message: this.message,
      more_info: `https://www.twilio.com/docs/errors/${this.code}`,
      status: this.status,
    };
  }
}

export const badCredentials = (): TwilioError => new TwilioError(401, 20003, 'Authenticate');
export const notFound = (path: string): TwilioError =>
  new TwilioError(404, 20404, `The requested resource ${path} was not found`);
export const tooMany = (seconds = 1): TwilioError =>
  new TwilioError(429, 20429, 'Too Many Requests', { 'retry-after': String(seconds) });
export const unavailable = (): TwilioError => new TwilioError(503, 20503, 'Service unavailable');
/** A parameter that is not what the specification says. */
export const invalid = (code: number, message: string): TwilioError => new TwilioError(400, code, message);
