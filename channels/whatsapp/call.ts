import type { ProviderRequest } from '../adapter.ts';
import { secrets, type WhatsAppConfig } from './config.ts';

/** The request with the credentials it needs, and everything that must not show in an error. */
export function toCall(request: Pick<ProviderRequest, 'method' | 'path' | 'body'>, config: WhatsAppConfig) {
  return {
    method: request.method,
    path: request.path,
    ...(request.body === undefined ? {} : { body: request.body }),
    token: config.accessToken,
    secrets: secrets.map((name) => config[name]),
  };
}
