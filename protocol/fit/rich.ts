/** What letters may be; bits, so that a run carries several. */
export const MARK = { bold: 1, italic: 2, strike: 4, code: 8, pre: 16 } as const;

/** A stretch of text of one look. Runs are flat, so any cut between two characters leaves two well-formed texts. */
export interface Run {
  text: string;
  marks: number;
  link?: string;
}

/**
 * Formatted text, whatever it was written in. `literal` says that its author spoke of the format, so characters that a channel would read
 * as marks are to be shown as they are; without it a text goes out as it was typed.
 */
export interface Rich {
  runs: Run[];
  literal: boolean;
  /** The same text already in the channel's markup, kept as it is while nothing has to be cut or added. */
  raw?: string;
}

export const NOTHING: Rich = { runs: [], literal: false };

/** Words as they were typed. */
export const plain = (text: string | undefined, marks = 0): Rich =>
  text ? { runs: [{ text, marks }], literal: false } : NOTHING;

/** The words alone. */
export const textOf = (rich: Rich): string => rich.runs.map((run) => run.text).join('');

export const isBlank = (rich: Rich): boolean => rich.runs.every((run) => run.text.trim() === '');

/** Puts texts one below the other, leaving out the empty ones. */
export function join(separator: string, ...texts: Rich[]): Rich {
  const spoken = texts.filter((text) => !isBlank(text));
  if (spoken.length === 1) return spoken[0]!;
  const runs: Run[] = [];
  for (const text of spoken) {
    if (runs.length > 0) append(runs, { text: separator, marks: 0 });
    for (const run of text.runs) append(runs, run);
  }
  return { runs, literal: texts.some((text) => text.literal) };
}

/** Adds a run, joined to the one before where both look the same. */
export function append(runs: Run[], run: Run): void {
  if (run.text === '') return;
  const last = runs[runs.length - 1];
  if (last && last.marks === run.marks && last.link === run.link)
    runs[runs.length - 1] = { ...last, text: last.text + run.text };
  else runs.push(run);
}

/** The stretch from `start` to `end`, counted in UTF-16 units of the words. */
export function slice(rich: Rich, start: number, end: number): Rich {
  const runs: Run[] = [];
  let at = 0;
  for (const run of rich.runs) {
    const text = run.text.slice(Math.max(0, start - at), Math.max(0, end - at));
    append(runs, { ...run, text });
    at += run.text.length;
  }
  return { runs, literal: rich.literal };
}

/** Writes link targets beside their words, for channels that cannot hide them: "our shop (https://…)". */
export function writeOutLinks(rich: Rich): Rich {
  const runs: Run[] = [];
  rich.runs.forEach((run, index) => {
    const { link, ...bare } = run;
    append(runs, bare);
    if (!link || rich.runs[index + 1]?.link === link) return;
    const shown = linkText(rich, index);
    if (!sameTarget(shown, link)) append(runs, { text: ` (${link})`, marks: 0 });
  });
  return { runs, literal: rich.literal };
}

/** All words of the link that ends at this run. */
function linkText(rich: Rich, index: number): string {
  let text = '';
  for (let i = index; i >= 0 && rich.runs[i]?.link === rich.runs[index]?.link; i--) text = rich.runs[i]!.text + text;
  return text;
}

const sameTarget = (text: string, link: string): boolean =>
  text.trim() === link || `mailto:${text.trim()}` === link || `tel:${text.trim()}` === link;

/** Schemes a reader may be sent to. */
export const isSafeLink = (url: string): boolean => /^(?:https?|mailto|tel|tg):[^\s]+$/i.test(url);
