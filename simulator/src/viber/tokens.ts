const epoch = Date.UTC(2026, 0, 1);

/** Message tokens as Viber makes them: whole numbers beyond 2^53, kept as their digits here. No two runs of a Lab share any. */
export class Tokens {
  #next = 5_700_000_000_000_000_000n + BigInt(Date.now() - epoch) * 1_000_000n;

  next(): string {
    this.#next += 1087n;
    return String(this.#next);
  }
}

/** JSON as Viber writes it, where a token is a number. In words of people the same letters have their quotes escaped, so they are not met. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value).replace(/"message_token":"(\d+)"/g, '"message_token":$1');
}
