const TOKENS = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const MAYBE_BIG = /(?:^|[\s:,[])-?\d{16}/;
const INTEGER = /^-?\d{16,}$/;

/**
 * JSON.parse, except that whole numbers a double cannot hold come out as strings of their digits: two chats beyond 2^53 must not become
 * one. Throws SyntaxError as JSON.parse does.
 */
export function parseJson(text: string): unknown {
  const plain: unknown = JSON.parse(text);
  if (!MAYBE_BIG.test(text)) return plain;
  return JSON.parse(
    text.replace(TOKENS, (token) =>
      INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
    ),
  );
}
