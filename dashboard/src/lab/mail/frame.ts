/**
 * A mail's HTML as a page of its own. It is a stranger's: the frame runs no script and sends no form, and this policy lets it load nothing but
 * pictures of the Lab and those it brought along, so that opening it tells nobody. Mail is written for white paper, and keeps it in the dark.
 */
export function pageOf(html: string): string {
  const policy = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; font-src 'none'";
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mail</title><meta http-equiv="Content-Security-Policy" content="${policy}"><base target="_blank"><style>body{margin:0;padding:12px;background:#fff;color:#14171c;font:15px/22px system-ui,sans-serif;overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}</style></head><body>${html}</body></html>`;
}
