/** The Lab's own refusal, in a sentence for whoever drives it. */
export class LabError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
