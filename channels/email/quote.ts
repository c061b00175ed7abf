import EmailReplyParser from 'email-reply-parser';

/** A mail’s words in two: what was written now, and what stands below it of mail before, or of a signature. Together they are the whole. */
export interface Split {
  visible: string;
  quoted: string;
}

/** Above this line our own mail begins, where we said so. */
export const REPLY_MARK = '-- reply above this line --';
/** The parser’s patterns take long on long texts; answers are short. */
const PARSED = 16_000;
/** Where other programs put the mail before, each in its own words. */
const BEGINNINGS = [
  /^\s*-{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|mensagem original|mensaje original|message d'origine|messaggio originale)\s*-{2,}\s*$/i,
  /^_{20,}\s*$/,
  /^\s*\*?(?:from|von|de|da|van|från|fra)\s*:\*?\s.*@/i,
];
const HEADER_LINE =
  /^\s*\*?(?:sent|date|to|subject|gesendet|an|betreff|datum|enviado|para|assunto|asunto|envoyé|à|objet|fecha|inviato|oggetto)\s*:/i;

/** Finds where an answer ends and what it answers begins. Where that is not certain, everything is visible. */
export function splitReply(text: string): Split {
  const whole = text.replaceAll('\r\n', '\n');
  const cut = cutAtMarks(whole);
  const head = whole.slice(0, cut);
  const visible = parsed(head) ?? head;
  const end = visible.trimEnd().length;
  return { visible: whole.slice(0, end).trim(), quoted: whole.slice(end).trim() };
}

function cutAtMarks(text: string): number {
  const mark = text.indexOf(REPLY_MARK);
  const end = mark >= 0 ? mark : text.length;
  let at = 0;
  const lines = text.slice(0, end).split('\n');
  for (const [no, line] of lines.entries()) {
    const begins =
      line.length < 500 && BEGINNINGS.some((pattern, i) => pattern.test(line) && (i < 2 || isHeader(lines, no)));
    if (begins && at > 0) return at;
    at += line.length + 1;
  }
  // The line of the mark may itself be quoted.
  return mark >= 0 ? text.lastIndexOf('\n', mark) + 1 : end;
}

/** `From:` alone may be part of what somebody wrote; with a date or subject below it is a header. */
const isHeader = (lines: readonly string[], no: number): boolean =>
  lines.slice(no + 1, no + 5).some((line) => line.length < 500 && HEADER_LINE.test(line));

/** What the parser calls visible, where it is how the text begins. */
function parsed(head: string): string | undefined {
  if (head.length > PARSED || /\n(?:[ \t]*\n){20}/.test(head)) return undefined;
  const visible = new EmailReplyParser().read(head).getVisibleText().trimEnd();
  return visible.trim() !== '' && head.startsWith(visible) ? visible : undefined;
}
