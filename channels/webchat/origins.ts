/**
 * May a page of this origin speak to the channel? Our own pages always may. An empty list lets in localhost and nobody else, so that a new
 * channel can be tried out before its website is named, and cannot be borrowed by another's.
 */
export function allowsOrigin(origin: string, host: string, allowed: readonly string[] = []): boolean {
  if (allowed.includes('*')) return true;
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  if (page.protocol !== 'https:' && page.protocol !== 'http:') return false;
  if (page.host === host.toLowerCase()) return true;
  if (allowed.length === 0) return isLoopback(page.hostname);
  return allowed.some((entry) => matches(page, entry.trim().toLowerCase().replace(/\/+$/, '')));
}

/** `https://shop.example.com`, `shop.example.com:8443`, `*.example.com`, `https://*.example.com`. */
function matches(page: URL, entry: string): boolean {
  const [, scheme, host] = /^(?:(https?):\/\/)?([^/]+)$/.exec(entry) ?? [];
  if (!host || (scheme && page.protocol !== `${scheme}:`)) return false;
  // A scheme without a port means that scheme's own port; a bare name means any.
  const ours = scheme || /:\d+$/.test(host) ? page.host : page.hostname;
  return host.startsWith('*.') ? ours.endsWith(host.slice(1)) && ours.length > host.length - 1 : ours === host;
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
}
