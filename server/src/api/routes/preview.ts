import {
  CHANNEL_TYPES,
  type ChannelType,
  type Content,
  fit,
  newUuid,
  segmentsOf,
  toId,
  type WorkspaceId,
} from '@tributary/protocol';
import Type from 'typebox';
import { knowFiles } from '../../media/known.ts';
import { untilTomorrow, withLinks } from '../../media/links.ts';
import { say } from '../../outbound/say.ts';
import { type ChannelRecord, readChannel } from '../../store/channels.ts';
import { readContact } from '../../store/contacts.ts';
import type { Db } from '../../store/db.ts';
import type { Job } from '../../store/deliveries.ts';
import type { Channel } from '../../store/registry.ts';
import { readContent } from '../content.ts';
import type { Adapter, ApiDeps } from '../deps.ts';
import { Reachability, reachabilityOf } from '../reachability.ts';
import { redact, secretsOf } from '../redact.ts';
import { needFound, needId, type Routes } from '../route.ts';
import { webhookUrlOf } from '../wire/channel.ts';
import { ChannelTypeName, Json } from '../wire/common.ts';
import { needAdapter } from './channel_config.ts';

const ChannelPreview = Type.Object(
  {
    channelType: ChannelTypeName,
    channelId: Type.Optional(Type.String()),
    fits: Type.Boolean({ description: 'Said exactly as written.' }),
    parts: Type.Array(
      Type.Object({
        content: Json,
        segments: Type.Optional(
          Type.Object(
            { encoding: Type.Enum(['GSM-7', 'UCS-2'] as const), segments: Type.Integer(), units: Type.Integer() },
            { description: 'How a text message is cut for the air, and so what it costs.' },
          ),
        ),
      }),
      { description: 'The messages the person would see.' },
    ),
    requests: Type.Array(
      Type.Object({
        method: Type.String(),
        path: Type.String(),
        body: Type.Optional(Type.Unknown()),
        frame: Type.Optional(Type.Unknown({ description: 'Published with it: the first words of a call.' })),
        name: Type.String(),
      }),
      { description: 'What the provider would be asked, without secrets.' },
    ),
    losses: Type.Array(
      Type.Object({ code: Type.String(), kind: Type.Enum(['adapted', 'dropped'] as const), says: Type.String() }),
    ),
    choices: Type.Array(Type.Object({ number: Type.Integer(), text: Type.String(), payload: Type.String() })),
    error: Type.Optional(Type.String({ description: 'Why it could not be said at all.' })),
    recipient: Type.Optional(Reachability.properties.identities.items),
  },
  { title: 'ChannelPreview' },
);

/** How a message would be said on channels, without sending it: by the function that sending uses. */
export function previewRoutes(routes: Routes): void {
  const { deps } = routes;
  routes.ask(
    {
      url: '/messages/preview',
      permission: 'messages:read',
      tag: 'Messages',
      summary: 'See how channels would say a message',
      description:
        'For every address of a contact, for a channel, or for channel types; for all types when nothing is named.',
      body: Type.Object({
        content: Type.Unknown({ description: 'As for sending.' }),
        channelTypes: Type.Optional(Type.Array(Type.String())),
        channelId: Type.Optional(Type.String()),
        contactId: Type.Optional(Type.String()),
      }),
      answers: { 200: Type.Object({ data: Type.Array(ChannelPreview) }) },
    },
    async (db, { auth, body }) => {
      const { workspaceId } = auth;
      const content = await readLinked(db, deps, workspaceId, body.content);
      if (body.contactId !== undefined) {
        const contact = needFound('contact', await readContact(db, workspaceId, needId('contact', body.contactId)));
        const { identities } = await reachabilityOf(deps, db, contact);
        const previews = [];
        for (const recipient of identities) {
          const channel = await readChannel(db, deps.seal, workspaceId, needId('channel', recipient.channelId));
          if (channel) previews.push({ ...previewOn(deps, channel, content, recipient.identifier), recipient });
        }
        return { data: previews };
      }
      if (body.channelId !== undefined) {
        const channel = await readChannel(db, deps.seal, workspaceId, needId('channel', body.channelId));
        return { data: [previewOn(deps, needFound('channel', channel), content)] };
      }
      const types = body.channelTypes ?? CHANNEL_TYPES.filter((type) => deps.adapters[type]);
      return { data: types.map((type) => previewAs(deps, needAdapter(deps.adapters, type), content)) };
    },
  );
}

/** The content as sending would have it: with what is known of its files, and links to them. */
async function readLinked(db: Db, { files }: ApiDeps, workspaceId: WorkspaceId, body: unknown): Promise<Content> {
  const now = new Date();
  const { content } = await knowFiles(db, files, workspaceId, readContent(body, 'content'), now);
  return withLinks(content, (id) => files.links.sign(workspaceId, id, untilTomorrow(now)));
}

function previewOn(deps: ApiDeps, channel: ChannelRecord, content: Content, to?: string) {
  const adapter = needAdapter(deps.adapters, channel.type);
  const { defaultBotId: _bot, defaultInboxId: _inbox, ...known } = channel;
  const address = to === undefined ? undefined : adapter.address(to, channel.config);
  const preview = previewBy(adapter, known, content, webhookUrlOf(deps.publicUrl(), channel), address);
  return { ...redact(preview, secretsOf(channel.config, adapter)), channelId: channel.id };
}

/** For a type alone: as an account without any settings would say it. */
function previewAs(deps: ApiDeps, adapter: Adapter, content: Content) {
  const id = toId('channel', newUuid());
  const channel: Channel = {
    workspaceId: toId('workspace', newUuid()),
    id,
    type: adapter.type,
    name: adapter.title,
    account: '',
    config: {},
    status: 'active',
  };
  return previewBy(adapter, channel, content, webhookUrlOf(deps.publicUrl(), channel));
}

function previewBy(
  adapter: Adapter,
  channel: Channel,
  content: Content,
  callbackUrl: string,
  to?: { kind: string; value: string },
) {
  const head = { channelType: adapter.type as ChannelType };
  try {
    const said = say(jobFor(content, to), channel, adapter, callbackUrl, new Date());
    return {
      ...head,
      fits: said.losses.length === 0,
      parts: partsOf(adapter, channel, content),
      requests: said.requests.map(({ request: { method, path, body, frame, name } }) => ({
        method,
        path,
        body,
        frame,
        name,
      })),
      losses: said.losses,
      choices: said.choices,
    };
  } catch (error) {
    const none = { fits: false, parts: [], requests: [], losses: [], choices: [] };
    return { ...head, ...none, error: error instanceof Error ? error.message : String(error) };
  }
}

function partsOf(adapter: Adapter, channel: Channel, content: Content) {
  const can = adapter.capabilities(channel.config);
  return fit(content, can, { channelTitle: adapter.title }).parts.map((part) =>
    can.text.countAs === 'segments' && part.content.type === 'text'
      ? { ...part, segments: segmentsOf(part.content.text) }
      : part,
  );
}

/** A delivery that will never be: what `say` needs to know of one. */
function jobFor(content: Content, to = { kind: 'user_id', value: 'RECIPIENT' }): Job {
  const id = '0'.repeat(32);
  return {
    ws: id,
    lane: id,
    delivery: id,
    message: id,
    conversation: id,
    ch: id,
    identity: id,
    state: 0,
    attempts: 0,
    resends: 0,
    onUnknown: null,
    nextRequest: 0,
    attemptAgeMs: null,
    content,
    thread: to.value,
    threadKind: 'direct',
    kind: to.kind,
    value: to.value,
    locale: null,
    replyTo: null,
    consent: null,
    author: 'api',
    options: null,
    windowUntil: null,
    aliases: null,
    session: null,
    answers: false,
  };
}
