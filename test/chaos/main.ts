import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { BOT, connectTelegram, connectWhatsApp, NUMBER } from '../stage/channels.ts';
import { type Platform, sleep, startLab, startPlatform } from '../stage/processes.ts';

/** npm run chaos [-- --kill N]: kills the platform with -9 under load and proves that nothing was lost, stored twice or said out of order. */

const { values } = parseArgs({
  options: {
    kill: { type: 'string', default: '20' },
    people: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
  },
});
const kills = Number(values.kill);
const people = Number(values.people) / 2;
const say = (line: string): void => void process.stderr.write(`  ${line}\n`);

let state = Number(values.seed) >>> 0;
/** A small generator, so that the times of the kills can be repeated: mulberry32. */
const random = (): number => {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
};

const ABOUT =
  'The platform is killed with -9 again and again while invented people write through the Lab, each the next message when the last was taken; the Lab sends again until it is answered 2xx. Afterwards both sides are counted: what the Lab got a 200 for, what the database holds, what reached the phones and in which order.';

interface Count {
  accepted: number;
  lost: number;
  storedTwice: number;
  unanswered: number;
  unsettled: number;
  resent: number;
  sentTwice: number;
  outOfOrder: number;
}
interface LedgerPerson {
  person: string;
  sent: { n: number; id: string; ackedAt?: string }[];
  got: { text: string; count: number }[];
}
/** WhatsApp reports with our own part key, so that an answer nobody heard is recognised; Telegram has neither reports nor keys. */
const PROVIDERS = [
  { provider: 'whatsapp', account: NUMBER.phoneNumberId, lastState: 6 },
  { provider: 'telegram', account: BOT.id, lastState: 3 },
] as const;

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
  await connectTelegram(platform, lab, { defaultBotId: bot.id });
  // Load for as long as the killing goes on: about two and a half seconds a kill.
  const rate = 60;
  const messages = Math.max(10, Math.ceil(((kills + 1) * 2.5 * rate) / people));
  const loads = await Promise.all(
    PROVIDERS.map(({ provider, account }) =>
      lab.ask<{ id: string }>('/lab/load', 'POST', {
        provider,
        account,
        people,
        messages,
        concurrency: 32,
        rate,
        text: 'Chaos',
        firstPerson: 900_000,
      }),
    ),
  );
  for (let kill = 1; kill <= kills; kill++) {
    await sleep(700 + random() * 1_800);
    await platform.kill();
    await platform.restart();
    say(`kill ${kill} of ${kills}`);
  }
  for (const { id } of loads) await finished(id);
  const counts = await settle(platform);
  await print(counts);
  process.exitCode = counts.some(isBad) ? 1 : 0;
} finally {
  await platform.stop();
  await lab.stop();
}
process.exit();

/** Anything lost, stored twice, unanswered, unsettled or out of order; or a text heard twice that no resend explains. */
function isBad(count: Count): boolean {
  return (
    count.lost + count.storedTwice + count.unanswered + count.unsettled + count.outOfOrder > 0 ||
    count.sentTwice > count.resent
  );
}

async function finished(id: string): Promise<void> {
  for (const until = Date.now() + 300_000; Date.now() < until; await sleep(200))
    if (!(await lab.ask<{ running: boolean }>(`/lab/load/${id}`)).running) return;
  throw new Error('The load did not end in five minutes.');
}

/** Waits until nothing moves any more (an unknown outcome takes half a minute), then counts on both sides. */
async function settle(on: Platform): Promise<Count[]> {
  const lines = (await readFile(join(on.dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n');
  const db = new pg.Client({
    host: lines[4]!.trim(),
    port: Number(lines[3]),
    user: 'tributary',
    database: 'tributary',
  });
  await db.connect();
  try {
    for (const until = Date.now() + 150_000; Date.now() < until; await sleep(500)) {
      const moving = await Promise.all(
        PROVIDERS.map(({ account, lastState }) =>
          number(
            db,
            'select count(*)::int as n from deliveries d join channels c on c.id = d.channel_id where c.account = $1 and (not d.done or d.state <> $2)',
            [account, lastState],
          ),
        ),
      );
      if (moving.every((n) => n === 0)) break;
    }
    return await Promise.all(PROVIDERS.map(({ provider, account }) => count(db, provider, account)));
  } finally {
    await db.end();
  }
}

async function number(db: pg.Client, sql: string, args: unknown[]): Promise<number> {
  return Number((await db.query(sql, args)).rows[0].n);
}

async function count(db: pg.Client, provider: string, account: string): Promise<Count> {
  const { people: all } = await lab.ask<{ people: LedgerPerson[] }>(
    `/lab/ledger?provider=${provider}&account=${account}`,
  );
  const acked = all.flatMap((one) => one.sent.filter((message) => message.ackedAt).map((message) => message.id));
  const stored = await db.query<{ external_id: string; n: number }>(
    `select m.external_id, count(*)::int as n from messages m join channels c on c.id = m.channel_id
     where c.account = $1 and m.direction = 'inbound' and m.external_id = any($2) group by 1`,
    [account, acked],
  );
  const result: Count = {
    accepted: acked.length,
    lost: acked.length - stored.rows.length,
    storedTwice: stored.rows.filter((row) => row.n > 1).length,
    unanswered: 0,
    unsettled: await number(
      db,
      'select count(*)::int as n from deliveries d join channels c on c.id = d.channel_id where c.account = $1 and (not d.done or d.state in (0, 1, 2))',
      [account],
    ),
    resent: await number(
      db,
      'select coalesce(sum(d.resends), 0)::int as n from deliveries d join channels c on c.id = d.channel_id where c.account = $1',
      [account],
    ),
    sentTwice: 0,
    outOfOrder: 0,
  };
  for (const one of all) {
    const numbers = one.got.flatMap((answer) => /#(\d+)$/.exec(answer.text)?.[1] ?? []).map(Number);
    result.sentTwice += one.got.reduce((sum, answer) => sum + answer.count - 1, 0);
    for (let i = 1; i < numbers.length; i++) if (numbers[i]! < numbers[i - 1]!) result.outOfOrder++;
    const heard = new Set(numbers);
    result.unanswered += one.sent.filter((message) => message.ackedAt && !heard.has(message.n)).length;
  }
  return result;
}

async function print(counts: readonly Count[]): Promise<void> {
  const rows: [string, keyof Count, string][] = [
    ['accepted', 'accepted', 'messages answered with 200'],
    ['lost', 'lost', 'accepted, and not in the database'],
    ['stored twice', 'storedTwice', ''],
    ['unanswered', 'unanswered', 'accepted, and the bot’s answer never reached the phone'],
    ['unsettled', 'unsettled', 'deliveries without an end'],
    ['resent', 'resent', 'attempts whose answer nobody heard, sent again after 30 s without evidence'],
    ['sent twice', 'sentTwice', 'of those, heard twice: the provider has no key to tell them apart'],
    ['out of order', 'outOfOrder', 'answers that overtook an earlier one'],
  ];
  const head = PROVIDERS.map(({ provider }) => provider).join(' | ');
  const body = rows
    .map(([what, key, note]) => `| ${what} | ${counts.map((one) => one[key]).join(' | ')} | ${note} |`)
    .join('\n');
  const table = `\nChaos: ${kills} kills with -9 under load\n\n| what | ${head} | |\n|---|---:|---:|---|\n${body}\n`;
  process.stdout.write(table);
  // A long run is worth keeping; the short ones of every change are not.
  if (kills >= 20) await writeFile('docs/chaos.md', `# Chaos\n\nPrinted by \`npm run chaos\`. ${ABOUT}\n${table}`);
}
