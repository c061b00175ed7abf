import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LabEvent } from '../control.ts';
import type { Lab } from '../lab.ts';

// A page that reads this slowly is cut off; it comes back with the number of the last event it saw.
const mostUnread = 4 * 1024 * 1024;

/** Server-Sent Events: what is kept after `Last-Event-ID`, then everything new. `provider`, `account` and `person` narrow it. */
export function stream(lab: Lab, request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  const last = request.headers['last-event-id'] ?? query.get('lastEventId');
  const wanted = (event: LabEvent) =>
    (['provider', 'account', 'person'] as const).every((name) => !query.has(name) || query.get(name) === event[name]);
  const send = (event: LabEvent) => {
    if (!wanted(event)) return;
    response.write(`id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`);
    if (response.writableLength > mostUnread) response.destroy();
  };
  response.write(': the Lab is here\n\n');
  // Numbers begin again with a new Lab: a number from before means everything.
  const from = Number(last ?? lab.log.seq);
  for (const event of lab.log.since(from > lab.log.seq ? 0 : from)) send(event);
  const leave = lab.log.follow(send);
  const beat = setInterval(() => response.write(': still here\n\n'), 15_000);
  response.on('close', () => {
    leave();
    clearInterval(beat);
  });
}
