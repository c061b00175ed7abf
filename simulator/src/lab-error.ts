import type { Act, Provider } from './control.ts';

/** The Lab's own refusal, in a sentence for whoever drives it. */
export class LabError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The refusal of a deed that this provider's customers have no means for. */
export const cannot = (provider: Provider, { do: deed }: Act): LabError =>
  new LabError(400, `Nobody can do ${JSON.stringify(deed)} on ${provider}.`);
