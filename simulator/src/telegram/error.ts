/** A refusal in Telegram's words. `error_code` is also the HTTP status. */
export class TelegramError extends Error {
  readonly code: number;
  readonly parameters: Record<string, unknown> | undefined;

  constructor(code: number, description: string, parameters?: Record<string, unknown>) {
    super(description);
    this.code = code;
    this.parameters = parameters;
  }
}

/** 400, with the prefix that Telegram puts before every such sentence. */
export const badRequest = (sentence: string): TelegramError => new TelegramError(400, `Bad Request: ${sentence}`);
