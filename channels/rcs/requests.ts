import type { Address, InboundEvent, ProviderRequest, RenderContext } from '../adapter.ts';
import { type RcsConfig, shortAgent } from './config.ts';
import { toUuid } from './ids.ts';
import type { AgentMessage, ContentMessage } from './payloads.ts';

/** `/v1/phones/%2B15550100201/…`: something about a person, always for one agent. */
export function phonePath(
  phone: string,
  edge: string,
  config: Pick<RcsConfig, 'agentId'>,
  query: Readonly<Record<string, string>> = {},
): string {
  const asked = new URLSearchParams({ ...query, agentId: shortAgent(config.agentId) });
  return `/v1/phones/${encodeURIComponent(phone)}/${edge}?${asked}`;
}

/** The words of the sender for what a message is, as Google spells them. */
const TRAFFIC: Readonly<Record<string, AgentMessage['messageTrafficType']>> = {
  authentication: 'AUTHENTICATION',
  transaction: 'TRANSACTION',
  transactional: 'TRANSACTION',
  utility: 'TRANSACTION',
  promotion: 'PROMOTION',
  marketing: 'PROMOTION',
  service: 'SERVICEREQUEST',
};

/** The nth message of a part. Its id comes from our part key: sent again it is the same message, which Google takes once. */
export function messageRequest(
  contentMessage: ContentMessage,
  no: number,
  context: RenderContext,
  config: RcsConfig,
): ProviderRequest {
  const messageId = toUuid(nthPartKey(context.partKey, no));
  const ttl = config.defaultTtl ? { ttl: `${config.defaultTtl.replace(/s$/, '')}s` } : {};
  const purpose = (context.purpose ?? '').toLowerCase();
  const traffic = Object.hasOwn(TRAFFIC, purpose) ? { messageTrafficType: TRAFFIC[purpose] } : {};
  const body: AgentMessage = { contentMessage, ...ttl, ...traffic };
  return {
    method: 'POST',
    path: phonePath(context.to.value, 'agentMessages', config, { messageId }),
    body,
    name: `send ${Object.keys(contentMessage)[0]}`,
  };
}

/** `dlv_….3` → `dlv_….4` for the second request of the same part: part keys number requests. */
function nthPartKey(partKey: string, no: number): string {
  return no === 0 ? partKey : partKey.replace(/\d+$/, (first) => String(Number(first) + no));
}

/** Takes a message back. It only helps before delivery, and nothing tells whether it did. */
export function remove(externalId: string, context: RenderContext, config: RcsConfig): ProviderRequest[] {
  const path = phonePath(context.to.value, `agentMessages/${encodeURIComponent(externalId)}`, config);
  return [{ method: 'DELETE', path, name: 'revoke' }];
}

/** The sign lasts about twenty seconds or until the next message; nothing takes it away. Each has an id of its own, which `send` makes. */
export function typing(to: Address, on: boolean, config: RcsConfig): ProviderRequest[] {
  if (!on) return [];
  return [
    {
      method: 'POST',
      path: phonePath(to.value, 'agentEvents', config),
      body: { eventType: 'IS_TYPING' },
      name: 'show typing',
    },
  ];
}

/** Shows the person that what they wrote was read. */
export function acknowledge(event: InboundEvent, config: RcsConfig): ProviderRequest[] {
  if (event.type !== 'message' && event.type !== 'action') return [];
  const eventId = toUuid(`read:${event.externalId}`);
  return [
    {
      method: 'POST',
      path: phonePath(event.from.value, 'agentEvents', config, { eventId }),
      body: { eventType: 'READ', messageId: event.externalId },
      name: 'mark read',
    },
  ];
}
