import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { type Platform, sleep, startLab, startPlatform } from '../stage/processes.ts';
import { connectWhatsApp, NUMBER } from '../stage/whatsapp.ts';

/** npm run chaos [-- --kill N]: kills the platform with -9 under load and proves that nothing was lost, stored twice or said out of order. */

const { values } = parseArgs({
  options: {
    kill: { type: 'string', default: '20' },
    people: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
  },
});
const kills = Number(values.kill);
const people = Number(values.people);
const say = (line: string): void => void process.stderr.write(`  ${line}\n`);

let state = Number(values.seed) >>> 0;
/** A small generator, so that a run can be repeated: mulberry32. */
const random = (): number => {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
};

interface Count {
  accepted: number;
  stored: number;
  storedTwice: number;
  lost: number;
  unanswered: number;
  unsettled: number;
  sentTwice: number;
  unknown: number;
  outOfOrder: number;
}
interface LedgerPerson {
  person: string;
  sent: { n: number; id: string; ackedAt?: string }[];
  got: { text: string; count: number }[];
}

const lab = await startLab();
const platform = await startPlatform({ lab, port: 20_000 + Math.floor(Math.random() * 20_000) });
try {
  await lab.ask('/lab/settings', 'PUT', {
    limits: false,
    window: 'off',
    retryFirstMs: 50,
    retryMaxMs: 500,
    autoReadMs: 50,
  });
  const bot = await platform.api<{ id: string }>('/bots', 'POST', { name: 'Echo', kind: 'echo' });
  await connectWhatsApp(platform, lab, { defaultBotId: bot.id });
  // Load for as long as the killing goes on: about two seconds a kill.
  const rate = 100;
  const messages = Math.max(10, Math.ceil(((kills + 1) * 2.5 * rate) / people));
  const run = await lab.ask<{ id: string }>('/lab/load', 'POST', {
    provider: 'whatsapp',
    account: NUMBER.phoneNumberId,
    people,
    messages,
    concurrency: 64,
    rate,
    text: 'Chaos',
    firstPerson: 900_000,
  });
  for (let kill = 1; kill <= kills; kill++) {
    await sleep(700 + random() * 1_800);
    await platform.kill();
    await platform.restart();
    say(`kill ${kill} of ${kills}`);
  }
  await finished(run.id);
  const count = await settle(platform);
  print(count);
  process.exitCode =
    count.lost + count.storedTwice + count.outOfOrder + count.unanswered + count.unsettled > 0 ||
    count.sentTwice > count.unknown
      ? 1
      : 0;
} finally {
  await platform.stop();
  await lab.stop();
}
process.exit();

async function finished(id: string): Promise<void> {
  for (const until = Date.now() + 300_000; Date.now() < until; await sleep(200))
    if (!(await lab.ask<{ running: boolean }>(`/lab/load/${id}`)).running) return;
  throw new Error('The load did not end in five minutes.');
}

/** Waits until nothing moves any more (an unknown outcome takes half a minute), then counts on both sides. */
async function settle(on: Platform): Promise<Count> {
  const lines = (await readFile(join(on.dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n');
  const db = new pg.Client({
    host: lines[4]!.trim(),
    port: Number(lines[3]),
    user: 'tributary',
    database: 'tributary',
  });
  await db.connect();
  const number = async (sql: string, args: unknown[] = []): Promise<number> =>
    Number((await db.query(sql, args)).rows[0].n);
  try {
    const open = 'select count(*)::int as n from deliveries where not done or state in (0, 1, 2)';
    const waiting = 'select count(*)::int as n from deliveries where state = 3';
    for (const until = Date.now() + 120_000; Date.now() < until; await sleep(500))
      if ((await number(open)) === 0 && (await number(waiting)) === 0) break;
    const { people: all } = await lab.ask<{ people: LedgerPerson[] }>(
      `/lab/ledger?provider=whatsapp&account=${NUMBER.phoneNumberId}`,
    );
    const acked = all.flatMap((one) => one.sent.filter((message) => message.ackedAt).map((message) => message.id));
    const stored = await db.query<{ external_id: string; n: number }>(
      "select external_id, count(*)::int as n from messages where direction = 'inbound' and external_id = any($1) group by 1",
      [acked],
    );
    let sentTwice = 0;
    let outOfOrder = 0;
    let unanswered = 0;
    for (const one of all) {
      const numbers = one.got.flatMap((answer) => /#(\d+)$/.exec(answer.text)?.[1] ?? []).map(Number);
      sentTwice += one.got.reduce((sum, answer) => sum + answer.count - 1, 0);
      for (let i = 1; i < numbers.length; i++) if (numbers[i]! < numbers[i - 1]!) outOfOrder++;
      const heard = new Set(numbers);
      unanswered += one.sent.filter((message) => message.ackedAt && !heard.has(message.n)).length;
    }
    return {
      accepted: acked.length,
      stored: stored.rows.length,
      lost: acked.length - stored.rows.length,
      storedTwice: stored.rows.filter((row) => row.n > 1).length,
      unanswered,
      unsettled: await number(open),
      sentTwice,
      unknown: await number('select coalesce(sum(resends), 0)::int as n from deliveries'),
      outOfOrder,
    };
  } finally {
    await db.end();
  }
}

function print(count: Count): void {
  const rows: [string, number, string][] = [
    ['accepted', count.accepted, 'messages answered with 200'],
    ['lost', count.lost, 'accepted, and not in the database'],
    ['stored twice', count.storedTwice, ''],
    ['unanswered', count.unanswered, 'accepted, and the bot’s answer never reached the phone'],
    ['unsettled', count.unsettled, 'deliveries without an end'],
    ['resent', count.unknown, 'attempts whose answer nobody heard, sent again after 30 s without evidence'],
    ['sent twice', count.sentTwice, 'of those, heard twice: the provider has no key to tell them apart'],
    ['out of order', count.outOfOrder, 'answers that overtook an earlier one'],
  ];
  process.stdout.write(
    `\nChaos: ${kills} kills with -9 under load\n\n| what | count | |\n|---|---:|---|\n${rows.map(([what, n, note]) => `| ${what} | ${n} | ${note} |`).join('\n')}\n`,
  );
}
