import { uuidOf, type WorkspaceId } from '@tributary/protocol';
import Type, { type Static } from 'typebox';
import { readChannel } from '../store/channels.ts';
import { type Consent, readConsent } from '../store/consents.ts';
import type { ContactRecord, IdentityRecord } from '../store/contacts.ts';
import type { Tx } from '../store/db.ts';
import type { ApiDeps } from './deps.ts';
import { ChannelTypeName, Id, Time, time } from './wire/common.ts';

export const Reachability = Type.Object(
  {
    contactId: Type.String(),
    identities: Type.Array(
      Type.Object({
        identityId: Id('idn_0192f1c2a3b47c5d8e9f0a1b2c3d4e5f'),
        channelId: Type.String(),
        channelType: ChannelTypeName,
        identifier: Type.String(),
        canSend: Type.Boolean({ description: 'Free content, now.' }),
        until: Type.Optional(
          Type.String({ format: 'date-time', description: 'When the window for free content closes.' }),
        ),
        needsTemplate: Type.Boolean({ description: 'Only a template can be sent.' }),
        optedOut: Type.Boolean(),
        reason: Type.Optional(Type.String({ description: 'Why nothing can be sent.' })),
        lastSeenAt: Type.Optional(Time),
      }),
    ),
  },
  { title: 'Reachability' },
);
type Reach = Static<typeof Reachability>['identities'][number];

/** Asks, for every address of a contact, what sending would be told. */
export async function reachabilityOf(
  deps: ApiDeps,
  tx: Tx,
  contact: ContactRecord,
): Promise<Static<typeof Reachability>> {
  const identities: Reach[] = [];
  for (const identity of contact.identities) {
    const channel = await readChannel(tx, deps.seal, contact.workspaceId, identity.channelId);
    const adapter = channel && deps.adapters[channel.type];
    const window = channel && adapter?.capabilities(channel.config).window;
    const stopped = await hasStopped(tx, contact.workspaceId, identity);
    identities.push(reach(identity, stopped, channel?.status, window, new Date()));
  }
  return { contactId: contact.id, identities };
}

/** As `outbound/` judges it: a provider's refusal counts until the person writes again. */
async function hasStopped(tx: Tx, workspaceId: WorkspaceId, identity: IdentityRecord): Promise<boolean> {
  if (!STOPPED.has(identity.consent)) return false;
  const heardAt = identity.lastInboundAt ?? undefined;
  return STOPPED.has(await readConsent(tx, uuidOf(workspaceId), uuidOf(identity.id), { heardAt }));
}
const STOPPED: ReadonlySet<Consent> = new Set(['opted_out', 'blocked']);

function reach(
  identity: IdentityRecord,
  optedOut: boolean,
  status: string | undefined,
  window: { allows: 'template' | 'nothing' } | undefined,
  now: Date,
): Reach {
  const open = !window || (identity.windowUntil !== null && identity.windowUntil > now);
  const connected = status === 'active' || status === 'connecting';
  const able = connected && !optedOut;
  return {
    identityId: identity.id,
    channelId: identity.channelId,
    channelType: identity.channelType,
    identifier: identity.value,
    canSend: able && open,
    until: window && open ? time(identity.windowUntil) : undefined,
    needsTemplate: able && !open && window?.allows === 'template',
    optedOut,
    reason: !connected
      ? 'The channel is not connected.'
      : optedOut
        ? 'The person has opted out or blocked the channel.'
        : !open && window?.allows === 'nothing'
          ? 'The person has to write first.'
          : undefined,
    lastSeenAt: time(identity.lastInboundAt ?? identity.lastSeenAt),
  };
}
