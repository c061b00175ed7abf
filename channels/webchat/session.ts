import type { Content, Frame, MessageFrame, VisitorProfile, WidgetSettings } from '@tributary/protocol';
import type { Address, Said, SocketAbility } from '../adapter.ts';
import { uploadsOf, type WebchatConfig } from './config.ts';
import { allowsOrigin } from './origins.ts';
import { checkToken, signToken } from './token.ts';

/** The visitor's address on the channel. */
export const visitorAddress = (value: string): Address => ({ kind: 'visitor', value });

/** The id of a visitor's message: one widget's ids mean nothing to another's. */
export const externalIdOf = (visitor: string, id: string): string => `${visitor}:${id}`;

/** The id as the widget knows it: its own without the visitor before it. */
export const frameIdOf = (externalId: string): string => externalId.slice(externalId.indexOf(':') + 1);

/** What the server needs to serve the widget's sessions and sockets. */
export const socket: SocketAbility<WebchatConfig> = {
  allowsOrigin: (origin, host, config) => allowsOrigin(origin, host, config.allowedOrigins),

  visitor(token, at, config) {
    const claims = checkToken(token, config.secret, at);
    return claims && visitorAddress(claims.sub);
  },

  open(asked, at, random, config) {
    const known = asked.token ? checkToken(asked.token, config.secret, at) : undefined;
    const value = known?.sub ?? `v_${random()}`;
    const profile = readProfile(asked.profile) ?? known?.profile;
    const { theme } = config;
    const settings: WidgetSettings = {
      title: theme?.headerText || 'Chat with us',
      greeting: theme?.welcomeMessage || undefined,
      color: theme?.primaryColor || undefined,
      position: theme?.position ?? 'right',
      uploads: uploadsOf(config),
    };
    return {
      visitor: visitorAddress(value),
      thread: { key: value, kind: 'direct' },
      token: signToken(value, profile, config.secret, at),
      settings,
    };
  },

  uploads: uploadsOf,

  recall(said) {
    return said.direction === 'inbound' ? recallTheirs(said) : recallOurs(said);
  },
};

function recallTheirs(said: Said): MessageFrame {
  return {
    type: 'message',
    id: frameIdOf(said.externalId),
    at: said.at.toISOString(),
    from: 'visitor',
    content: plainWords(said.content),
    replyTo: said.replyTo && frameIdOf(said.replyTo),
    status: said.status,
  };
}

/** The very frame that was published; reactions and typing are not shown again. */
function recallOurs(said: Said): MessageFrame | undefined {
  const frame = said.request?.body as Frame | undefined;
  if (frame) return frame.type === 'message' ? { ...frame, status: said.status } : undefined;
  return {
    type: 'message',
    id: said.externalId,
    at: said.at.toISOString(),
    from: 'business',
    content: said.content,
    replyTo: said.replyTo && frameIdOf(said.replyTo),
    status: said.status,
  };
}

/** A tapped button is remembered as an event; its visitor saw its words. */
function plainWords(content: Content): Content {
  return content.type === 'event' ? { type: 'text', text: content.text ?? content.payload ?? '' } : content;
}

const FIELDS = ['name', 'email', 'picture', 'locale'] as const;

/** Takes what we have a word for, in sizes that fit into a token. */
function readProfile(given: unknown): VisitorProfile | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const profile: VisitorProfile = {};
  for (const field of FIELDS) {
    const value = (given as Record<string, unknown>)[field];
    if (typeof value === 'string' && value !== '' && value.length <= (field === 'picture' ? 500 : 200)) {
      profile[field] = value;
    }
  }
  return Object.keys(profile).length > 0 ? profile : undefined;
}
