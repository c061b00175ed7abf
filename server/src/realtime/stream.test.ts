import { newUuid, toId } from '@tributary/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/harness/database.ts';
import { type Db, openDb } from '../store/db.ts';
import { createHub, type Hub } from './hub.ts';
import { openEventStream } from './stream.ts';

let database: FreshDatabase;
let db: Db;
let hub: Hub;

beforeAll(async () => {
  database = await freshDatabase();
  db = openDb({ ...database.connection, max: 4 });
  hub = createHub(db, { warn: () => {} });
});
afterAll(async () => {
  await hub.stop();
  await db.end();
  await database.drop();
});

/** A response that keeps what was written. */
function paper() {
  let text = '';
  return {
    writableLength: 0,
    ended: false,
    write(more: string) {
      text += more;
    },
    end() {
      this.ended = true;
    },
    events: () => [...text.matchAll(/^data: (.*)$/gm)].map((line) => JSON.parse(line[1]!) as Record<string, unknown>),
    ids: () => [...text.matchAll(/^id: (.*)$/gm)].map((line) => line[1]!),
  };
}
async function until(met: () => boolean): Promise<void> {
  for (let waited = 0; !met(); waited += 5) {
    if (waited > 5_000) throw new Error('It did not come about in time.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
async function append(ws: string, type: string, subject: string): Promise<void> {
  await db.query(`insert into events (workspace_id, type, subject_id, data) values ($1, $2, $3, '{"visitor": "v"}')`, [
    ws,
    type,
    subject,
  ]);
  hub.wake();
}

test('a stream tells a workspace’s events with our ids, without frames, and resumes after the last id', async () => {
  const ws = newUuid();
  const workspaceId = toId('workspace', ws);
  const [message, contact] = [newUuid(), newUuid()];
  await append(ws, 'message.received', message);
  const first = paper();
  const close = openEventStream(hub, db, { workspaceId, lastEventId: '0.0' }, first);
  await until(() => first.events().length === 1);
  expect(first.events()[0]).toMatchObject({ type: 'message.received', subjectId: toId('message', message) });
  close();

  await append(ws, 'socket.frame', newUuid());
  await append(ws, 'contact.created', contact);
  await append(newUuid(), 'contact.created', newUuid());
  const second = paper();
  openEventStream(hub, db, { workspaceId, lastEventId: first.ids()[0] }, second);
  await append(ws, 'socket.frame', newUuid());
  await append(ws, 'conversation.created', newUuid());
  await until(() => second.events().length === 2);
  expect(second.events().map((event) => event.type)).toEqual(['contact.created', 'conversation.created']);
  expect(second.events()[0]).toMatchObject({ subjectId: toId('contact', contact), id: second.ids()[0] });
});

test('a reader who falls behind is cut off', async () => {
  const ws = newUuid();
  const out = paper();
  openEventStream(hub, db, { workspaceId: ws, lastEventId: '0.0' }, out);
  await append(ws, 'contact.created', newUuid());
  await until(() => out.events().length === 1);
  out.writableLength = 2_000_000;
  await append(ws, 'contact.created', newUuid());
  await until(() => out.ended);
  expect(out.events()).toHaveLength(1);
});
