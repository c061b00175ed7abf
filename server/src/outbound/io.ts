import type { ChannelAdapter, Io } from '@tributary/channels';
import { type Media, SendError } from '@tributary/protocol';
import type { Files } from '../media/files.ts';
import type { Channel } from '../store/registry.ts';
import type { HttpClient } from './http.ts';

export interface IoTools {
  http: Pick<HttpClient, 'request' | 'download' | 'resolve'>;
  /** Base URLs that settings put in place of the providers’, by channel type. */
  endpoints: Readonly<Partial<Record<string, string>>>;
  files: Pick<Files, 'open'>;
  publish: Io['publish'];
}

/** The way out of one channel’s adapter. */
export function makeIo(channel: Channel, adapter: ChannelAdapter, { http, endpoints, files, publish }: IoTools): Io {
  const elsewhere = endpoints[channel.type];
  const hosts = Object.entries(adapter.hosts?.(channel.config) ?? {});
  return {
    baseUrl: elsewhere ?? adapter.baseUrl(channel.config),
    hosts: Object.fromEntries(hosts.map(([name, url]) => [name, elsewhere ? `${elsewhere}/${name}` : url])),
    http: (request) => http.request(request),
    download: (request, limits) => http.download(request, limits),
    async open(media, limits) {
      if (media.mediaId) return { ...(await files.open(channel.workspaceId, media.mediaId, limits)), ...named(media) };
      if (!media.url)
        throw new SendError('content_refused', { providerMessage: 'The file has no link to open it by.' });
      const file = await http.download({ method: 'GET', url: media.url }, limits);
      if (file.status !== 200)
        throw new SendError('content_refused', { providerMessage: `The file’s link answered ${file.status}.` });
      return { ...file, ...named(media) };
    },
    resolve: (host, port) => http.resolve(host, port),
    publish,
  };
}

/** What the message says of a file wins over what its bearer says. */
const named = ({ mimeType, filename }: Media): Pick<Media, 'mimeType' | 'filename'> => ({
  ...(mimeType === undefined ? {} : { mimeType }),
  ...(filename === undefined ? {} : { filename }),
});
