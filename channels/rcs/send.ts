import { randomUUID } from 'node:crypto';
import { type Media, SendError, UnknownOutcome } from '@tributary/protocol';
import type { Io, ProviderRequest, Sent } from '../adapter.ts';
import { readObject, readText } from '../common/json.ts';
import { callRbm } from './api.ts';
import { type RcsConfig, shortAgent } from './config.ts';
import { FILE_MAX } from './files.ts';

/**
 * Performs one request; files that are stored with us are uploaded before. An id that Google took before (409) is what we wanted: the message was
 * sent by an earlier attempt.
 */
export async function send(request: ProviderRequest, config: RcsConfig, io: Io): Promise<Sent> {
  const { method } = request;
  const body = request.body === undefined ? undefined : await withUploads(request.body, config, io);
  const path = withEventId(request.path);
  const answer = await callRbm({ method, path, body }, config, io);
  const [, edge, chosen] = /\/(agentMessages|agentEvents)(?:\/([^/?]+))?\?/.exec(path) ?? [];
  if (edge === 'agentEvents') return { externalIds: [], raw: answer };
  const id = chosen ? decodeURIComponent(chosen) : readMessageId(path);
  if (answer === 'taken') return { externalIds: id ? [id] : [], raw: { status: 'ALREADY_EXISTS' } };
  // `phones/NUMBER/agentMessages/ID`: our own id come back. Taking back answers nothing at all.
  if (method === 'POST' && readText(answer.name)?.split('/').at(-1) !== id) {
    throw new UnknownOutcome('Google answered without naming our message.');
  }
  const acceptedAt = new Date(readText(answer.sendTime) ?? Number.NaN);
  return {
    externalIds: id ? [id] : [],
    ...(Number.isNaN(acceptedAt.getTime()) ? {} : { acceptedAt }),
    raw: answer,
  };
}

const readMessageId = (path: string): string | undefined =>
  new URLSearchParams(path.slice(path.indexOf('?'))).get('messageId') ?? undefined;

/** Google passes over an event whose id it has seen, and two signs of typing are two events. */
function withEventId(path: string): string {
  const isBare = /\/agentEvents\?(?!(?:.*&)?eventId=)/.test(path);
  return isBare ? path.replace('/agentEvents?', `/agentEvents?eventId=${randomUUID()}&`) : path;
}

/** The body with the name of an uploaded file wherever one was to be uploaded. */
async function withUploads(value: unknown, config: RcsConfig, io: Io): Promise<unknown> {
  if (Array.isArray(value)) {
    const done: unknown[] = [];
    for (const one of value) done.push(await withUploads(one, config, io));
    return done;
  }
  const record = readObject(value);
  if (!record) return value;
  const file = readObject(record.upload);
  if (file) return { fileName: await upload(file as Media, config, io) };
  const done: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(record)) done[name] = await withUploads(member, config, io);
  return done;
}

async function upload(media: Media, config: RcsConfig, io: Io): Promise<string> {
  const path = `/upload/v1/files?${new URLSearchParams({ uploadType: 'media', agentId: shortAgent(config.agentId) })}`;
  const file = async () => {
    const opened = await io.open(media, { maxBytes: FILE_MAX });
    return { ...opened, mimeType: media.mimeType ?? opened.mimeType ?? 'application/octet-stream' };
  };
  try {
    const answer = await callRbm({ method: 'POST', path, file }, config, io);
    const name = answer === 'taken' ? undefined : readText(answer.name);
    if (name) return name;
  } catch (error) {
    if (!(error instanceof UnknownOutcome)) throw error;
  }
  // A file that nobody names is forgotten: uploading again does no harm, and nothing of the message was sent.
  throw new SendError('unavailable', { providerMessage: 'Google did not say whether it took the file.' });
}
