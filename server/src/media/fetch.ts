import type { ChannelAdapter, InboundRequest, Io, OpenMedia } from '@tributary/channels';
import { type Media, newUuid, SendError, toId, UnknownOutcome } from '@tributary/protocol';
import type { Logger } from 'pino';
import { keepLooking, type Lookout } from '../outbound/lookout.ts';
import { backoffMs } from '../outbound/rates.ts';
import { cleanText, type Db } from '../store/db.ts';
import { readJournalPage } from '../store/journal_read.ts';
import {
  claimMedia,
  forgetMedia,
  type MediaJob,
  postponeMedia,
  renewMedia,
  settleFailed,
  settleFetched,
  sweepArrived,
} from '../store/media.ts';
import type { Channel, Registry } from '../store/registry.ts';
import { cleanName, type Files } from './files.ts';
import { LARGEST_FILE } from './spool.ts';

export interface FetchTools {
  db: Db;
  registry: Registry;
  adapterOf(type: string): ChannelAdapter | undefined;
  ioFor(channel: Channel, adapter: ChannelAdapter): Io;
  files: Files;
  /** The raw requests of a sealed journal page. */
  openPage(page: Uint8Array): InboundRequest[];
  log: Logger;
  /** Called after every commit that wrote events. */
  committed(): void;
  random(): number;
  options?: Partial<FetchOptions>;
}
export interface FetchOptions {
  leaseSeconds: number;
  /** Files fetched at once, in all and of one channel. */
  concurrency: number;
  perChannel: number;
  /** About an hour and a half, with the pauses between. */
  maxAttempts: number;
  pollMs: number;
}

const DEFAULTS: FetchOptions = { leaseSeconds: 15, concurrency: 16, perChannel: 6, maxAttempts: 24, pollMs: 1_000 };
const SWEEP_EVERY_MS = 60_000;
const LONGEST_WAIT_MS = 3_600_000;
const STOP_PATIENCE_MS = 5_000;

/**
 * Fetches the files that messages hold from their providers, and removes the bytes of erased ones. The work is rows, claimed under a lease: what a
 * killed process left is done by the next. A file is put into the store before its row says so, under a name that a second try overwrites.
 */
export function startFetcher(tools: FetchTools): Lookout {
  const options = { ...DEFAULTS, ...tools.options };
  const { db, files, log } = tools;
  const token = newUuid();
  const busy = new Map<string, MediaJob>();
  const running = new Set<Promise<void>>();
  let stopping = false;
  let sweptAt = 0;

  const renewal = setInterval(
    () => {
      if (busy.size === 0) return;
      renewMedia(db, token, options.leaseSeconds, [...busy.keys()]).catch((error) =>
        log.warn({ err: error }, 'Leases of files could not be renewed.'),
      );
    },
    (options.leaseSeconds * 1_000) / 3,
  );

  async function look(): Promise<void> {
    if (Date.now() - sweptAt > SWEEP_EVERY_MS) {
      sweptAt = Date.now();
      await sweepArrived(db);
    }
    while (!stopping) {
      const limit = options.concurrency - busy.size;
      if (limit <= 0) return;
      // One slow provider takes its own places only.
      const jobs = await db.tx((tx) =>
        claimMedia(tx, token, options.leaseSeconds, Math.min(limit, options.perChannel), full()),
      );
      if (jobs.length === 0) return;
      for (const job of jobs) {
        busy.set(job.id, job);
        const work = run(job).finally(() => {
          busy.delete(job.id);
          running.delete(work);
          lookout.wake();
        });
        running.add(work);
      }
    }
  }

  function full(): string[] {
    const counts = new Map<string, number>();
    for (const { ch } of busy.values()) if (ch) counts.set(ch, (counts.get(ch) ?? 0) + 1);
    return [...counts].filter(([, count]) => count >= options.perChannel).map(([channel]) => channel);
  }

  async function run(job: MediaJob): Promise<void> {
    try {
      if (job.state === 'erased') {
        await files.remove(job.ws, job.id);
        await forgetMedia(db, token, job);
        return;
      }
      await fetchFile(job);
    } catch (error) {
      await refused(job, error).catch((lost) =>
        log.warn({ err: lost, media: job.id }, 'How a file fared could not be written down; its lease runs out.'),
      );
    }
  }

  async function fetchFile(job: MediaJob): Promise<void> {
    const found = await openAtProvider(job);
    const spooled = await files.spool(found.body, found.mimeType ?? job.source?.mimeType);
    await files.put(job.ws, job.id, spooled);
    const filename = cleanName(job.source?.filename ?? found.filename);
    if (await db.tx((tx) => settleFetched(tx, token, job, { ...spooled, filename }))) tools.committed();
  }

  /** By the adapter, where its provider asks for credentials; else by the link. What a visitor uploaded lies with us already. */
  async function openAtProvider(job: MediaJob): Promise<OpenMedia> {
    const media: Media = job.source ?? {};
    const channel = job.ch ? await tools.registry.get(toId('channel', job.ch)) : undefined;
    const adapter = channel && tools.adapterOf(channel.type);
    if (!channel || !adapter)
      throw new SendError('content_refused', {
        providerMessage: 'The channel was deleted before the file was fetched.',
      });
    if (adapter.socket && media.ref?.upload !== undefined) {
      const upload = files.links.fileOf(channel.id, media.ref.upload, new Date());
      if (!upload)
        throw new SendError('content_refused', {
          providerMessage: 'The upload is not this visitor’s, or has expired.',
        });
      return files.open(channel.workspaceId, upload, { maxBytes: LARGEST_FILE });
    }
    const io = tools.ioFor(channel, adapter);
    if (!adapter.fetchMedia) return io.open(media, { maxBytes: LARGEST_FILE });
    return adapter.fetchMedia(media, channel.config, io, await requestOf(job));
  }

  /** The raw request the file was named in, for files that travelled inside it; an empty one where the journal no longer has it. */
  async function requestOf(job: MediaJob): Promise<InboundRequest> {
    const page = job.journal === null ? undefined : await readJournalPage(db, job.ws, job.journal);
    const request = page && tools.openPage(page)[job.journalNo ?? 0];
    const none = { via: 'http', method: 'POST', publicUrl: '', headers: {}, body: new Uint8Array() } as const;
    return request ?? { ...none, receivedAt: new Date() };
  }

  async function refused(job: MediaJob, error: unknown): Promise<void> {
    const known = error instanceof SendError || error instanceof UnknownOutcome;
    const reason = cleanText(known ? error.message : 'The file could not be kept.').slice(0, 500);
    const retry = !(error instanceof SendError) || error.retry || error.code === 'bad_credentials';
    if (!known) log.error({ err: error, media: job.id }, 'A file could not be fetched.');
    if (job.state === 'wanted' && (!retry || job.attempts >= options.maxAttempts)) {
      if (await db.tx((tx) => settleFailed(tx, token, job, reason))) tools.committed();
      return;
    }
    const asked = error instanceof SendError ? (error.detail.retryAfterMs ?? 0) : 0;
    const waitMs = asked > 0 ? Math.min(asked, LONGEST_WAIT_MS) : backoffMs(job.attempts, tools.random);
    await postponeMedia(db, token, job, waitMs, reason);
  }

  const lookout = keepLooking(look, {
    restMs: () => options.pollMs,
    failed: (error) => log.warn({ err: error }, 'The files to fetch could not be read.'),
  });
  return {
    wake: lookout.wake,
    async stop() {
      stopping = true;
      await lookout.stop();
      // A provider that does not come to an end keeps nobody from ending: another process fetches it when the lease is over.
      const patience = new Promise((resolve) => setTimeout(resolve, STOP_PATIENCE_MS).unref());
      await Promise.race([Promise.all(running), patience]);
      clearInterval(renewal);
    },
  };
}
