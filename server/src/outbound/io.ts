import type { ChannelAdapter, Io } from '@tributary/channels';
import { SendError } from '@tributary/protocol';
import type { Channel } from '../store/registry.ts';
import type { HttpClient } from './http.ts';

export interface IoTools {
  http: Pick<HttpClient, 'request' | 'download' | 'resolve'>;
  /** Base URLs that settings put in place of the providers’, by channel type. */
  endpoints: Readonly<Partial<Record<string, string>>>;
  publish: Io['publish'];
}

/** The way out of one channel’s adapter. */
export function makeIo(channel: Channel, adapter: ChannelAdapter, { http, endpoints, publish }: IoTools): Io {
  const elsewhere = endpoints[channel.type];
  const hosts = Object.entries(adapter.hosts?.(channel.config) ?? {});
  return {
    baseUrl: elsewhere ?? adapter.baseUrl(channel.config),
    hosts: Object.fromEntries(hosts.map(([name, url]) => [name, elsewhere ? `${elsewhere}/${name}` : url])),
    http: (request) => http.request(request),
    download: (request, limits) => http.download(request, limits),
    async open(media, limits) {
      if (!media.url)
        throw new SendError('content_refused', { providerMessage: 'The file has no link to open it by.' });
      const file = await http.download({ method: 'GET', url: media.url }, limits);
      if (file.status !== 200)
        throw new SendError('content_refused', { providerMessage: `The file’s link answered ${file.status}.` });
      return { ...file, mimeType: media.mimeType ?? file.mimeType, filename: media.filename ?? file.filename };
    },
    resolve: (host, port) => http.resolve(host, port),
    publish,
  };
}
