import type { ChannelAdapter } from '../adapter.ts';
import { capabilities } from './capabilities.ts';
import { WebchatConfig } from './config.ts';
import { bearer, parse } from './parse.ts';
import { edit, frameRequest, react, remove, render, typing } from './render.ts';
import { send } from './send.ts';
import { frameIdOf, socket, visitorAddress } from './session.ts';
import { checkToken, isVisitor } from './token.ts';

/** Our own chat box for web pages: the widget is the provider, its sockets are ours. */
export const webchat: ChannelAdapter<WebchatConfig> = {
  type: 'webchat',
  title: 'Web chat',
  config: WebchatConfig,
  secrets: ['secret'],
  defaults: (config, random) => ({
    ...config,
    widgetId: config.widgetId || `widget_${random().slice(0, 12)}`,
    secret: config.secret || random(),
  }),
  account: (config) => config.widgetId ?? '',
  // There is nobody to call: frames leave through io.publish.
  baseUrl: () => '',
  capabilities: () => capabilities,
  bodyLimit: 128 * 1024,

  verify: (request, config) =>
    checkToken(bearer(request.headers) ?? '', config.secret, request.receivedAt) !== undefined,
  parse,

  address: (text) => (isVisitor(text) ? visitorAddress(text) : undefined),
  render,
  send,
  edit,
  remove,
  react,
  typing,
  /** Tells the page that its message has been read. */
  acknowledge(event) {
    if (event.type !== 'message' && event.type !== 'action') return [];
    return [frameRequest(event.from.value, { type: 'read', of: frameIdOf(event.externalId) }, 'read')];
  },
  socket,
};
