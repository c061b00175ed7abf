import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BOT, connectTelegram, waitFor } from '../stage/channels.ts';
import { askJson, type Lab, type Platform, startLab, startPlatform } from '../stage/processes.ts';

/** The built program, killed with -9 between the moment it accepts a picture and the moment it fetches it. */

const PNG = Buffer.concat([
  Buffer.from('89504e470d0a1a0a0000000d4948445200000001000000010806000000', 'hex'),
  randomBytes(50_000),
]);
let lab: Lab;
let dataDir: string;

beforeAll(async () => {
  // @ts-expect-error The build is a script of its own, without types.
  await (await import('../../scripts/build.mjs')).buildAll({ pages: false });
  lab = await startLab();
  dataDir = await mkdtemp(join(tmpdir(), 'tributary-killed-'));
  await chmod(dataDir, 0o755);
}, 120_000);
afterAll(async () => {
  await lab?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

interface Wire {
  direction: string;
  content: { media: { url: string; mimeType?: string; size?: number } };
}

it('loses nothing: the next process fetches what the killed one had accepted', async () => {
  // It takes requests and does no work of its own: so it surely dies before it fetches.
  const web: Platform = await startPlatform({ dataDir, lab, env: { TRIBUTARY_ROLES: 'web' } });
  const channel = await connectTelegram(web, lab);
  for (let no = 0; no < 5; no++) {
    await lab.ask(`/lab/phones/telegram/${BOT.id}/ana/acts`, 'POST', {
      do: 'image',
      filename: `${no}.png`,
      mimeType: 'image/png',
      base64: PNG.toString('base64'),
    });
  }
  const inbound = async (platform: Platform): Promise<Wire[]> =>
    (
      await askJson<{ data: Wire[] }>(
        `${platform.url}/api/v1/messages?channelId=${channel.id}`,
        'GET',
        undefined,
        web.key,
      )
    ).data;
  await waitFor(async () => (await inbound(web)).length === 5, 'The pictures were not accepted.');
  await web.kill();

  const port = Number(new URL(web.url).port);
  const next = await startPlatform({ dataDir, lab, port, env: { TRIBUTARY_API_KEY: web.key } });
  try {
    const isThere = ({ content }: Wire): boolean => content.media.mimeType === 'image/png';
    await waitFor(async () => (await inbound(next)).filter(isThere).length === 5, 'Not every picture came.', 30_000);
    for (const { content } of await inbound(next)) {
      const answer = await fetch(content.media.url);
      expect(Buffer.from(await answer.arrayBuffer()).equals(PNG)).toBe(true);
    }
    // And once more, with the work going on: what was stored is stored.
    await next.kill();
    await next.restart();
    for (const { content } of await inbound(next)) expect((await fetch(content.media.url)).status).toBe(200);
  } finally {
    await next.stop();
  }
}, 120_000);
