/** A refusal in LINE's words: the HTTP status, a message, and details about the request's members. */
export class LineError extends Error {
  readonly status: number;
  readonly more: Record<string, unknown>;

  constructor(status: number, message: string, more: Record<string, unknown> = {}) {
    super(message);
    this.status = status;
    this.more = more;
  }

  get body(): Record<string, unknown> {
    return { message: this.message, ...this.more };
  }
}

/** What is wrong with a member of a request. */
export interface Fault {
  message: string;
  property: string;
}

/** 400, with every fault that was found. */
export const invalid = (faults: readonly Fault[]): LineError =>
  new LineError(400, `The request body has ${faults.length} error(s)`, { details: faults });

/** 400 about one member, as LINE words it for what it looks up. */
export const invalidMember = (name: string): LineError =>
  new LineError(400, `The property, '${name}', in the request body is invalid (line: -, column: -)`);

export const notFound = (): LineError => new LineError(404, 'Not found');
