import { Pool } from 'undici';
import { signedText } from '../stage/channels.ts';

/** The load, in a process of its own: reads one JSON order a line on its input, writes one JSON report a line. */
export interface Order {
  url: string;
  path: string;
  connections: number;
  seconds: number;
  people: number;
  /** Message numbers start here, so that no run repeats another's. */
  first: number;
  /** Requests a second; as fast as they are answered when absent. */
  rate?: number;
}
export interface Report {
  requests: number;
  failures: number;
  perSecond: number;
  p50: number;
  p99: number;
}

export async function load(order: Order): Promise<Report> {
  const pool = new Pool(order.url, { connections: order.connections, pipelining: 1 });
  const times: number[] = [];
  let failures = 0;
  let n = order.first;
  const started = performance.now();
  const end = started + order.seconds * 1_000;
  const post = async (): Promise<void> => {
    const { body, signature } = signedText(n, n % order.people);
    n++;
    const from = performance.now();
    const answer = await pool.request({
      path: order.path,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
      body,
    });
    await answer.body.dump();
    if (answer.statusCode === 200) times.push(performance.now() - from);
    else failures++;
  };
  if (order.rate) {
    // Open loop: a slow answer does not slow the next request down, so that the percentiles are what a provider would see.
    const flying = new Set<Promise<void>>();
    for (let sent = 0; performance.now() < end; ) {
      const due = Math.floor(((performance.now() - started) / 1_000) * order.rate);
      for (; sent < due; sent++) {
        const one: Promise<void> = post().finally(() => flying.delete(one));
        flying.add(one);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(flying);
  } else {
    await Promise.all(
      Array.from({ length: order.connections }, async () => {
        while (performance.now() < end) await post();
      }),
    );
  }
  const seconds = (performance.now() - started) / 1_000;
  await pool.close();
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    Number((times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1));
  return { requests: times.length, failures, perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99) };
}
