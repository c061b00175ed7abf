/** What a client sends: commands of one line, with strings quoted or announced by their length (RFC 9051 §4.3). */

export type Token = string | Token[];

/** Cuts a stream of bytes into commands; a string announced by its length is asked for first. */
export class Lines {
  #bytes = Buffer.alloc(0);
  #wanted = 0;
  #begun: Buffer[] = [];

  /** The commands that are whole by now. `ready` is called where the client waits to be let on. */
  push(chunk: Buffer, ready: () => void): Buffer[] {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const whole: Buffer[] = [];
    for (;;) {
      if (this.#wanted > 0) {
        if (this.#bytes.length < this.#wanted) return whole;
        this.#begun.push(this.#bytes.subarray(0, this.#wanted));
        this.#bytes = this.#bytes.subarray(this.#wanted);
        this.#wanted = 0;
      }
      const end = this.#bytes.indexOf('\r\n');
      if (end < 0) return whole;
      const line = this.#bytes.subarray(0, end);
      this.#bytes = this.#bytes.subarray(end + 2);
      const literal = /\{(\d+)(\+?)\}$/.exec(line.toString('latin1'));
      this.#begun.push(literal ? Buffer.concat([line, Buffer.from('\r\n')]) : line);
      if (literal) {
        this.#wanted = Number(literal[1]);
        if (!literal[2]) ready();
        if (this.#wanted > 0) continue;
      } else {
        whole.push(Buffer.concat(this.#begun));
        this.#begun = [];
      }
    }
  }
}

/** The words of a command, lists within lists. */
export function readTokens(line: string): Token[] {
  let at = 0;
  const readList = (closed: boolean): Token[] => {
    const found: Token[] = [];
    while (at < line.length) {
      const char = line[at]!;
      if (char === ' ') at++;
      else if (char === ')') {
        at++;
        if (closed) return found;
      } else if (char === '(') {
        at++;
        found.push(readList(true));
      } else if (char === '"') found.push(readQuoted());
      else if (char === '{') found.push(readLiteral());
      else found.push(readAtom());
    }
    return found;
  };
  const readQuoted = (): string => {
    let text = '';
    for (at++; at < line.length && line[at] !== '"'; at++) {
      if (line[at] === '\\') at++;
      text += line[at] ?? '';
    }
    at++;
    return text;
  };
  const readLiteral = (): string => {
    const head = /^\{(\d+)\+?\}\r\n/.exec(line.slice(at))!;
    const start = at + head[0].length;
    at = start + Number(head[1]);
    return line.slice(start, at);
  };
  /** Sections are one word, whatever stands in their brackets. */
  const readAtom = (): string => {
    const atom = /^(?:[^\s()"[{]|\[[^\]]*\])+/.exec(line.slice(at))?.[0] ?? line[at]!;
    at += atom.length;
    return atom;
  };
  return readList(false);
}
