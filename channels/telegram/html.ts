const TAGS = /<\/?(?:b|strong|i|em|u|ins|s|strike|del|code|pre|blockquote|tg-spoiler|tg-emoji|span)(?:\s[^<>]*)?>/gi;
const LINK = /<a\s[^<>]*?href="([^"]*)"[^<>]*>([\s\S]*?)<\/a>/gi;
const NAMED: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' };

/** Telegram's HTML as clean text: only tags Telegram knows go, so that words between other angle brackets stay; links keep their address. */
export function plainOf(html: string): string {
  return html
    .replace(LINK, (_, url: string, words: string) => (words === url || !url ? words : `${words} (${url})`))
    .replace(TAGS, '')
    .replace(/&(?:lt|gt|quot|amp);/g, (name) => NAMED[name] ?? name);
}
