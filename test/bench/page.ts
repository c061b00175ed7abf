import { median } from '../stage/processes.ts';
import { medianOf } from './channels.ts';
import type { Figures } from './main.ts';

const n = (value: number): string => Math.round(value).toLocaleString('en');
const spread = (values: readonly number[]): string =>
  `${n(median(values))} [${n(Math.min(...values))}–${n(Math.max(...values))}]`;
/** The ratio round by round, so that a machine whose speed drifts says nothing about us. */
const ratio = (a: readonly number[], b: readonly number[]): string => {
  const each = a.map((value, i) => value / b[i]!);
  return `${median(each).toFixed(2)} [${Math.min(...each).toFixed(2)}–${Math.max(...each).toFixed(2)}]`;
};

/** The table people read, in Markdown, made from the figures of one run and nothing else. */
export function writePage(figures: Figures): string {
  const { half, endToEnd, idle, loaded } = figures;
  return `# Benchmarks

Printed by \`npm run bench\` (${figures.rounds} rounds, medians, smallest and largest in brackets). Load, the Lab's doubles, the platform and its
database share one machine: ${figures.machine}. Quote the ratios rather than the rates; below 1.4× is noise.

| what | figure |
|---|---|
| Durable webhooks, known senders, 64 connections: verified, parsed, journalled (sealed), stored, committed before the 200 | ${spread(figures.ingest)} /s |
| the same HTTP server and HMAC without a database | ${spread(figures.fastify)} /s |
| bare \`node:http\` | ${spread(figures.node)} /s |
| the same accepting transactions without HTTP | ${spread(figures.sql)} /s |
| **share of the HTTP server without a database** | **${ratio(figures.ingest, figures.fastify)}** |
| share of bare \`node:http\` | ${ratio(figures.ingest, figures.node)} |
| share of the transactions without HTTP | ${ratio(figures.ingest, figures.sql)} |
| acknowledgement at half load (${n(half.rate)}/s, open loop) | p50 ${half.p50} ms, p99 ${half.p99} ms |
| end to end: webhook → echo bot → provider → sent, delivered, read settled (${n(endToEnd.messages)} messages) | ${n(endToEnd.perSecond)} messages/s |
| from the customer's message to the answer on the phone, at that load | p50 ${n(endToEnd.answerP50)} ms, p99 ${n(endToEnd.answerP99)} ms |
| parse of a message of a kilobyte, one core, the median channel | ${n(medianOf(figures.channels, 'parse'))} /s |
| fit and render of a kilobyte with three answers, one core, the median channel | ${n(medianOf(figures.channels, 'render'))} /s |
| memory idle | Node ${idle.node} MB, PostgreSQL ${idle.postgres} MB |
| memory at the largest | Node ${loaded.node} MB, PostgreSQL ${loaded.postgres} MB |

What happens when it is killed under load: [chaos](chaos.md).

## Channels, one core

| channel | body | parse | fit and render |
|---|---:|---:|---:|
${figures.channels.map(({ type, bytes, parse, render }) => `| ${type} | ${n(bytes)} bytes | ${n(parse)} /s | ${n(render)} /s |`).join('\n')}

Mail is read afterwards, off the road of the webhooks, so it is not among them.

## How it is measured

- **Durable webhooks**: a process of its own posts signed WhatsApp messages of about 900 bytes from 1,000 senders the platform has met, each request a
  message of its own, over 64 keep-alive connections, the next when the last is answered. A 200 means that the transaction has committed with fsync on.
  The router follows the log at the same time, as it would in production.
- **The ceilings** are measured in turn with ours, in each round, with the same load.
- **Half load** sends at half of the rate just measured whether or not answers have come, so that the percentiles are what a provider would see.
- **End to end** lets 200 invented people at the Lab write through signed webhooks to the echo bot; it ends when every answer has been read according
  to the platform's own table. The Lab batches receipts as Meta does.
- **Channels**: a recorded text message of each, made a kilobyte long, is parsed; a kilobyte of text with three answers is fitted and rendered. The best
  of three stretches, alone on the machine.
- **Memory** is resident memory of the Node process, and the proportional share of all PostgreSQL processes.
`;
}
