import { type Content, filesIn, type Media, mapFiles } from '@tributary/protocol';
import { BoundedMap } from '../contacts/bounded_map.ts';
import type { HttpClient } from '../outbound/http.ts';

/** What the host of a link says of the file behind it. */
type Facts = Pick<Media, 'size' | 'mimeType'>;

/** Tells of the links in a message how large their files are, and of which type, so that a limit is met before a provider meets it. */
export type TellLinks = (content: Content) => Promise<Content>;

const REMEMBER_MS = 5 * 60_000;
const TIMEOUT_MS = 3_000;
/** Says nothing of the file. */
const NO_TYPE = /^(application\/(octet-stream|binary|x-download)|binary\/octet-stream)$/;

/** Asks each host once (HEAD) and remembers for some minutes: a file for many people is asked about once. A host that does not say is no obstacle. */
export function linkFacts(http: Pick<HttpClient, 'download'>): TellLinks {
  const known = new BoundedMap<string, { facts: Promise<Facts>; until: number }>(2_000);

  async function ask(url: string): Promise<Facts> {
    try {
      const answer = await http.download({ method: 'HEAD', url, timeoutMs: TIMEOUT_MS }, { maxBytes: Infinity });
      for await (const _ of answer.body);
      if (answer.status !== 200) return {};
      const mimeType = answer.mimeType && !NO_TYPE.test(answer.mimeType) ? answer.mimeType : undefined;
      const size = Number.isSafeInteger(answer.size) ? answer.size : undefined;
      return { ...(size === undefined ? {} : { size }), ...(mimeType === undefined ? {} : { mimeType }) };
    } catch {
      return {};
    }
  }
  const factsOf = (url: string): Promise<Facts> => {
    const found = known.get(url);
    if (found && found.until > Date.now()) return found.facts;
    const facts = ask(url);
    known.set(url, { facts, until: Date.now() + REMEMBER_MS });
    return facts;
  };

  return async (content) => {
    const links = filesIn(content).flatMap(({ media }) => (isUntold(media) ? [media.url] : []));
    if (links.length === 0) return content;
    const told = new Map(await Promise.all(links.map(async (url) => [url, await factsOf(url)] as const)));
    return mapFiles(content, (media) => {
      const facts = isUntold(media) ? told.get(media.url) : undefined;
      // What the caller said of the file stands.
      return facts && Object.keys(facts).length > 0 ? { ...facts, ...media } : media;
    });
  };
}

const isUntold = (media: Media): media is Media & { url: string } =>
  media.mediaId === undefined && media.size === undefined && /^https?:\/\//i.test(media.url ?? '');
