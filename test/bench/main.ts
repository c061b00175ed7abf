import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ChannelId } from '@tributary/protocol';
import pg from 'pg';
import { connectWhatsApp, NUMBER } from '../stage/channels.ts';
import { type Lab, median, memoryOf, type Platform, sleep, startLab, startPlatform } from '../stage/processes.ts';
import { serveBaseline } from './baselines.ts';
import { type ChannelRate, measureChannels, medianOf } from './channels.ts';
import { load, type Order, type Report } from './load.ts';
import { writePage } from './page.ts';
import { driveSql } from './sql.ts';

/** npm run bench [-- --quick]: one run, every figure beside its ceiling in the same run. */

export interface Figures {
  machine: string;
  rounds: number;
  ingest: number[];
  fastify: number[];
  node: number[];
  sql: number[];
  half: { rate: number; p50: number; p99: number };
  endToEnd: { perSecond: number; messages: number; answerP50: number; answerP99: number };
  idle: { node: number; postgres: number };
  loaded: { node: number; postgres: number };
  channels: ChannelRate[];
  failures: number;
}

const PEOPLE = 1_000;

class Child {
  private readonly lines: AsyncIterator<string>;
  private constructor(private readonly process: ChildProcess) {
    this.lines = createInterface({ input: process.stdout! })[Symbol.asyncIterator]();
  }
  static start(role: string): Child {
    return new Child(
      spawn(process.execPath, [fileURLToPath(import.meta.url), '--child', role], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
  }
  async read<T>(): Promise<T> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error('A part of the bench ended early.');
    return JSON.parse(value) as T;
  }
  ask(order: Order): Promise<Report> {
    this.process.stdin!.write(`${JSON.stringify(order)}\n`);
    return this.read<Report>();
  }
  end(): void {
    this.process.stdin!.end();
  }
}

/** The roles this program plays beside the conductor. */
async function playChild(role: string): Promise<void> {
  if (role === 'load') {
    for await (const line of createInterface({ input: process.stdin }))
      process.stdout.write(`${JSON.stringify(await load(JSON.parse(line)))}\n`);
    process.exit(0);
  }
  process.stdin.on('end', () => process.exit(0)).resume();
  process.stdout.write(`${JSON.stringify({ port: await serveBaseline(role as 'node' | 'fastify') })}\n`);
}

async function conduct(quick: boolean): Promise<Figures> {
  const rounds = quick ? 1 : 5;
  const seconds = quick ? 2 : 4;
  // Alone, before anything else runs: these are figures of one core.
  const channels = measureChannels(quick ? 60 : 250);
  say(
    `channels: parse ${round0(medianOf(channels, 'parse'))}/s, fit and render ${round0(medianOf(channels, 'render'))}/s on the median channel`,
  );
  const generator = Child.start('load');
  const baselines = { node: Child.start('node'), fastify: Child.start('fastify') };
  const ports = {
    node: (await baselines.node.read<{ port: number }>()).port,
    fastify: (await baselines.fastify.read<{ port: number }>()).port,
  };
  const lab = await startLab();
  const platform = await startPlatform({ lab });
  try {
    await lab.ask('/lab/settings', 'PUT', {
      receipts: 'instant',
      autoReadMs: 0,
      limits: false,
      window: 'off',
      callbackConnections: 4,
    });
    const channel = await connectWhatsApp(platform, lab);
    const path = `/webhooks/whatsapp/${channel.id}`;
    let first = 0;
    const run = async (url: string, more: Partial<Order> = {}): Promise<Report> => {
      const report = await generator.ask({ url, path, connections: 64, seconds, people: PEOPLE, first, ...more });
      first += report.requests + report.failures + 1_000;
      return report;
    };
    const idle = await memoryOf(platform);
    say(`idle: node ${idle.node} MB, PostgreSQL ${idle.postgres} MB`);
    await run(platform.url, { seconds: 2 });

    const figures: Figures = {
      machine: await machine(),
      rounds,
      ingest: [],
      fastify: [],
      node: [],
      sql: [],
      half: { rate: 0, p50: 0, p99: 0 },
      endToEnd: { perSecond: 0, messages: 0, answerP50: 0, answerP99: 0 },
      idle,
      loaded: idle,
      channels,
      failures: 0,
    };
    await caughtUp(platform);
    figures.endToEnd = await endToEnd(platform, lab, channel.id, quick);
    figures.loaded = larger(figures.loaded, await memoryOf(platform));
    say(`end to end: ${round0(figures.endToEnd.perSecond)}/s`);
    for (let round = 1; round <= rounds; round++) {
      const ours = await run(platform.url);
      figures.ingest.push(ours.perSecond);
      figures.failures += ours.failures;
      figures.loaded = larger(figures.loaded, await memoryOf(platform));
      figures.fastify.push((await run(`http://127.0.0.1:${ports.fastify}`)).perSecond);
      figures.node.push((await run(`http://127.0.0.1:${ports.node}`)).perSecond);
      await caughtUp(platform);
      figures.sql.push(
        await driveSql(
          await connectionOf(platform),
          await keyOf(platform),
          channel.id as ChannelId,
          seconds,
          PEOPLE,
          first,
        ),
      );
      first += 1_000_000;
      await caughtUp(platform);
      say(
        `round ${round}: ours ${round0(ours.perSecond)}/s (p50 ${ours.p50} ms, p99 ${ours.p99} ms), Fastify ${round0(figures.fastify.at(-1)!)}/s, node:http ${round0(figures.node.at(-1)!)}/s, without HTTP ${round0(figures.sql.at(-1)!)}/s`,
      );
    }
    const rate = Math.round(median(figures.ingest) / 2);
    const halves: Report[] = [];
    for (let round = 0; round < Math.min(rounds, 3); round++)
      halves.push(await run(platform.url, { rate, seconds: seconds * 2, connections: 256 }));
    figures.half = { rate, p50: median(halves.map((one) => one.p50)), p99: median(halves.map((one) => one.p99)) };
    say(`half load: ${rate}/s, p50 ${figures.half.p50} ms, p99 ${figures.half.p99} ms`);
    figures.loaded = larger(figures.loaded, await memoryOf(platform));
    say(`loaded: node ${figures.loaded.node} MB, PostgreSQL ${figures.loaded.postgres} MB`);
    return figures;
  } finally {
    await platform.stop();
    await lab.stop();
    for (const child of [generator, baselines.node, baselines.fastify]) child.end();
  }
}

/** Webhook → echo bot → the Lab → sent, delivered, read: counted from the first webhook to the last receipt settled. */
async function endToEnd(platform: Platform, lab: Lab, channelId: string, quick: boolean): Promise<Figures['endToEnd']> {
  const bot = await platform.api<{ id: string }>('/bots', 'POST', { name: 'Echo', kind: 'echo' });
  await platform.api(`/channels/${channelId}`, 'PATCH', { defaultBotId: bot.id });
  await lab.ask('/lab/reset?accounts=keep', 'POST').catch(() => undefined);
  const people = 200;
  const messages = quick ? 10 : 50;
  const total = people * messages;
  const watch = await watchRead(platform);
  const before = await watch.count();
  const started = performance.now();
  await lab.ask('/lab/load', 'POST', {
    provider: 'whatsapp',
    account: NUMBER.phoneNumberId,
    people,
    messages,
    concurrency: 64,
    text: 'Message',
    firstPerson: 700_000,
  });
  for (const until = Date.now() + 180_000; ; await sleep(200)) {
    const read = (await watch.count()) - before;
    if (read >= total) break;
    if (Date.now() > until) throw new Error(`End to end: ${read} of ${total} were read in time.`);
  }
  const seconds = (performance.now() - started) / 1_000;
  await watch.end();
  // The bot goes again: what follows measures intake alone.
  await platform.api(`/channels/${channelId}`, 'PATCH', { defaultBotId: null });
  await platform.api(`/bots/${bot.id}`, 'DELETE');
  const { summary } = await lab.ask<{ summary: { answerMs: { p50: number; p99: number } } }>(
    `/lab/ledger?provider=whatsapp&account=${NUMBER.phoneNumberId}&summary=1`,
  );
  return {
    perSecond: total / seconds,
    messages: total,
    answerP50: summary.answerMs.p50,
    answerP99: summary.answerMs.p99,
  };
}

/** How many answers have been read, by a connection of its own that stays open: asking must not cost what is measured. */
async function watchRead(platform: Platform): Promise<{ count(): Promise<number>; end(): Promise<void> }> {
  const client = new pg.Client(await connectionOf(platform));
  await client.connect();
  return {
    count: async () =>
      Number((await client.query('select count(*)::int as n from deliveries where state = 6')).rows[0].n),
    end: () => client.end(),
  };
}

/** Waits until the router has read all that was accepted, so that one measurement does not pay for another. */
async function caughtUp(platform: Platform): Promise<void> {
  const client = new pg.Client(await connectionOf(platform));
  await client.connect();
  try {
    for (const until = Date.now() + 120_000; Date.now() < until; await sleep(100)) {
      const { rows } = await client.query(
        "select count(*)::int as n from (select 1 from events e, cursors c where c.name in ('router', 'counters') and (e.xid, e.seq) > (c.xid, c.seq) limit 1) x",
      );
      if (rows[0].n === 0) return;
    }
  } finally {
    await client.end();
  }
}

async function connectionOf(
  platform: Platform,
): Promise<{ host: string; user: string; database: string; port?: number }> {
  const lines = (await readFile(join(platform.dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n');
  return { host: lines[4]!.trim(), port: Number(lines[3]), user: 'tributary', database: 'tributary' };
}

const keyOf = async (platform: Platform): Promise<Buffer> =>
  Buffer.from((await readFile(join(platform.dataDir, 'key'), 'utf8')).trim(), 'hex');
const larger = (a: Figures['idle'], b: Figures['idle']): Figures['idle'] => ({
  node: Math.max(a.node, b.node),
  postgres: Math.max(a.postgres, b.postgres),
});
const round0 = (value: number): string => Math.round(value).toLocaleString('en');
const say = (line: string): void => void process.stderr.write(`  ${line}\n`);
const machine = async (): Promise<string> =>
  `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, Linux ${(await readFile('/proc/sys/kernel/osrelease', 'utf8')).trim()}, embedded PostgreSQL 18`;

const childAt = process.argv.indexOf('--child');
if (childAt > 0) await playChild(process.argv[childAt + 1]!);
else {
  const quick = process.argv.includes('--quick');
  const figures = await conduct(quick);
  const page = writePage(figures);
  process.stdout.write(page);
  if (!quick) await writeFile('docs/benchmarks.md', page);
  process.exit(figures.failures > 0 ? 1 : 0);
}
