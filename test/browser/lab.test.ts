import { mkdir, readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import { type Program, startProgram } from './program.ts';

/** The Lab as a newcomer meets it: the built program, the link it prints, a browser. The tests tell one visit, in order. */

const PUBLIC = new URL('../../build/public/', import.meta.url);
const PICTURES = new URL('../../artifacts/screenshots/', import.meta.url);
/** For a slow machine with other work to do; nothing here waits for time to pass. */
const PATIENCE_MS = 20_000;

let program: Program;
let browser: Browser;
let axe: string;
let visit: BrowserContext;
let page: Page;
const faults: string[] = [];
const scripts = new Set<string>();

beforeAll(async () => {
  // @ts-expect-error The build is a script of its own, without types.
  await (await import('../../scripts/build.mjs')).buildAll();
  await mkdir(PICTURES, { recursive: true });
  axe = await readFile(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
  [program, browser] = await Promise.all([startProgram(), launchChromium()]);
  visit = await newVisit({ viewport: { width: 1440, height: 900 } });
  page = await visit.newPage();
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script') scripts.add(new URL(response.url()).pathname);
  });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await program?.stop();
}, 60_000);

async function newVisit(options: Parameters<Browser['newContext']>[0]): Promise<BrowserContext> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  context.on('page', (opened) => {
    opened.on('pageerror', (error) => faults.push(error.message));
    opened.on('console', (message) => {
      // A visitor who has not signed in is refused, and the browser writes that down as an error of its own.
      if (message.type() === 'error' && !/status of 401/.test(message.text())) faults.push(message.text());
    });
  });
  await context.addInitScript(() => {
    const seen = globalThis as unknown as { shifted: number; moved: string[] };
    seen.shifted = 0;
    seen.moved = [];
    type Shift = PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node?: Node }[] };
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput, sources } of list.getEntries() as Shift[]) {
        if (hadRecentInput) continue;
        seen.shifted += value;
        for (const { node } of sources) seen.moved.push(node instanceof Element ? node.className : '#text');
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  return context;
}

const chat = (on: string, within: Page = page): Locator => within.getByRole('log', { name: `${on} messages` });
/** What the business said on a phone. */
const said = (on: string, text: string, within: Page = page): Locator =>
  chat(on, within).locator('[data-from="business"] [data-message]').filter({ hasText: text });
const shop = (within: Page = page): FrameLocator => within.getByTitle('A shop with the web chat').contentFrame();
const saidInShop = (text: string, within: Page = page): Locator =>
  shop(within).locator('.item:not(.mine) .bubble').filter({ hasText: text });
const story = (within: Page = page): Locator => within.getByRole('region', { name: 'The story of the message' });

/** Everything that is there from the start has arrived: three greetings, the story, the letters. */
async function settled(within: Page): Promise<void> {
  await said('Telegram', 'Hello, Ana!', within).first().waitFor({ state: 'attached' });
  await said('WhatsApp', 'Hello, Ana!', within).first().waitFor({ state: 'attached' });
  await saidInShop('Hello! Ask us anything', within).waitFor({ state: 'attached' });
  for (const frame of within.frames())
    await frame.evaluate(async () => {
      await document.fonts.ready;
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    });
}

/** The story's lines, top to bottom. */
const lines = (within: Page = page): Locator => story(within).locator('ol ol > li');

/** The lines appear in this order, with whatever stands between. */
async function expectStory(...order: RegExp[]): Promise<void> {
  await expect
    .poll(
      async () => {
        const left = [...order];
        for (const line of await lines().allInnerTexts()) if (left[0]?.test(line)) left.shift();
        return left.map(String);
      },
      { timeout: PATIENCE_MS },
    )
    .toEqual([]);
}

/** What jumped so far in the page and the frames in it, each by how much of the screen, beyond what nobody sees. */
async function jumps(within: Page): Promise<string[]> {
  const all = await Promise.all(
    within.frames().map(async (frame) => {
      const { shifted, moved } = await frame.evaluate(() => {
        const seen = globalThis as unknown as { shifted: number; moved: string[] };
        return { shifted: seen.shifted, moved: seen.moved };
      });
      return shifted > 0.01 ? [`${new URL(frame.url()).pathname} ${shifted}: ${moved.join(', ')}`] : [];
    }),
  );
  return all.flat();
}

/** What axe finds in the page and the frames in it, each with the place. */
async function violations(within: Page): Promise<string[]> {
  return within.evaluate(async () => {
    type Results = { violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[] };
    const results = await (window as unknown as { axe: { run(): Promise<Results> } }).axe.run();
    return results.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${JSON.stringify(target)} ${failureSummary ?? ''}`),
    );
  });
}

describe('the first visit', () => {
  it('opens by the link that was printed, and drops the ticket from the address', async () => {
    await page.goto(program.labLink);
    await page.getByRole('heading', { name: 'Lab', exact: true }).waitFor({ state: 'attached' });
    expect(page.url()).toBe(`${program.origin}/lab`);
  });

  it('finds the bot already talking on Telegram, on WhatsApp and in the shop', async () => {
    await settled(page);
    for (const colour of ['Red', 'Blue', 'Green', 'Yellow', 'White'])
      expect(await chat('Telegram').getByRole('button', { name: colour, exact: true }).isVisible()).toBe(true);
    expect(await chat('WhatsApp').getByRole('button', { name: 'Options' }).isVisible()).toBe(true);
  });

  it('finds every channel connected', async () => {
    const lab = (await (await page.request.get(`${program.origin}/api/v1/lab`)).json()) as {
      channels: { type: string; status: string }[];
    };
    expect(lab.channels.filter(({ status }) => status !== 'active')).toEqual([]);
  });

  it('loads without a thing jumping', async () => {
    expect(await jumps(page)).toEqual([]);
  });

  it('loads at most 300 kB of script, and 20 kB of widget, compressed', async () => {
    const sizes = new Map<string, number>();
    for (const path of scripts) {
      const plain = await readFile(new URL(`.${path}`, PUBLIC));
      sizes.set(path, gzipSync(plain, { level: 9 }).length);
    }
    expect([...sizes.keys()]).toEqual(expect.arrayContaining([expect.stringMatching(/^\/assets\/app-/), '/widget.js']));
    expect(sizes.get('/widget.js')).toBeLessThanOrEqual(20_000);
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    expect(total, JSON.stringify(Object.fromEntries(sizes))).toBeLessThanOrEqual(300_000);
  });
});

describe('Telegram', () => {
  it('echoes what the customer writes', async () => {
    await page.getByLabel('Write on Telegram').fill('Good morning');
    await page.keyboard.press('Enter');
    await said('Telegram', 'Good morning').waitFor();
  });

  it('is told step by step, from the webhook to what was sent', async () => {
    await expectStory(
      /^Telegram called our webhook/,
      /^From Ana Prado/,
      /^Stored as a text message/,
      /Echo/,
      /^“Echo” answered/,
      /^Stored and queued/,
      /^Telegram can say it as written/,
      /^Telegram took sendMessage/,
    );
    await story().getByText('sent', { exact: true }).waitFor();
  });

  it('opens the evidence of a line: the request as the provider made it', async () => {
    const line = story().getByRole('button', { name: 'Telegram called our webhook' });
    await line.click();
    expect(await line.getAttribute('aria-expanded')).toBe('true');
    await story().locator('pre').filter({ hasText: '"update_id"' }).filter({ hasText: 'Good morning' }).waitFor();
    await line.click();
    expect(await story().locator('pre').count()).toBe(0);
  });

  it('answers the tap of a button', async () => {
    await chat('Telegram').getByRole('button', { name: 'Blue', exact: true }).click();
    await said('Telegram', 'Blue it is. Which size?').waitFor();
    await expectStory(/^Stored as a postback/, /^Said as Telegram can say it/, /^Telegram took sendMessage/);
  });
});

describe('WhatsApp', () => {
  it('answers the choice of a row, and tells of its receipts', async () => {
    await chat('WhatsApp').getByRole('button', { name: 'Options' }).click();
    const sheet = page.getByRole('dialog', { name: 'Options' });
    await sheet.getByRole('radio', { name: 'Green' }).check();
    await sheet.getByRole('button', { name: 'Send' }).click();
    await said('WhatsApp', 'Green it is. Which size?').waitFor();
    await expectStory(/^WhatsApp called our webhook/, /^WhatsApp took/, /^WhatsApp reports: (sent|delivered|read)/);
  });
});

describe('every phone of the wall', () => {
  it('echoes: the chats a text, the mail client a mail, the telephone a call', async () => {
    const wall = await page.locator('[data-slot] [data-skin]').evaluateAll((phones) =>
      phones.map((phone) => ({
        skin: phone.getAttribute('data-skin') ?? '',
        name: phone.closest('section')?.getAttribute('aria-label') ?? '',
      })),
    );
    expect(wall.length).toBeGreaterThanOrEqual(2);
    for (const { skin, name } of wall) {
      const phone = page.getByRole('region', { name, exact: true });
      const words = `Good evening from ${skin}`;
      if (skin === 'email') {
        await phone.getByRole('button', { name: 'Write a mail' }).click();
        await phone.getByLabel('Subject').fill(words);
        await phone.getByLabel('Write on E-mail').fill(words);
        await phone.getByRole('button', { name: 'Send' }).click();
        const thread = phone.getByRole('button', { name: words }).filter({ hasText: 'Tributary Coffee' });
        await thread.click();
        await expect.poll(() => phone.getByRole('article').count(), { timeout: PATIENCE_MS }).toBe(2);
        await phone.screenshot({ path: picture('live-email-open') });
        await phone.getByRole('button', { name: 'Back to the inbox' }).click();
      } else if (skin === 'voice') {
        await phone.getByRole('button', { name: 'Call', exact: true }).click();
        await phone.getByRole('button', { name: '2 Blue' }).click();
        await phone.getByRole('button', { name: /^The business: Blue it is/ }).waitFor();
        await phone.screenshot({ path: picture('live-voice-call') });
        await phone.getByRole('button', { name: 'Hang up' }).click();
        await phone.getByRole('button', { name: 'Call', exact: true }).waitFor();
      } else {
        await phone.getByLabel(`Write on ${name}`).fill(words);
        await page.keyboard.press('Enter');
        await said(name, words).waitFor();
        const asked = await said(name, 'Which colour').count();
        await phone.getByLabel(`Write on ${name}`).fill('menu');
        await page.keyboard.press('Enter');
        await said(name, 'Which colour').nth(asked).waitFor();
      }
      await phone.screenshot({ path: picture(`live-${skin}`) });
    }
  });
});

describe('the recorder', () => {
  it('saves what a provider sent as fixtures', async () => {
    await page.getByRole('button', { name: 'More on Telegram' }).click();
    await page.getByRole('menuitem', { name: 'Record webhooks as fixtures' }).click();
    await page.getByLabel('Write on Telegram').fill('For the record');
    await page.keyboard.press('Enter');
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save 1' }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe('telegram-ana.tar');
    const archive = await readFile(await saved.path(), 'utf8');
    expect(archive.startsWith('recorded-01.json')).toBe(true);
    expect(archive).toContain('"x-telegram-bot-api-secret-token"');
    expect(archive).toContain('For the record');
    await page.getByRole('button', { name: 'Save 1' }).waitFor({ state: 'detached' });
  });
});

describe('the shop', () => {
  it('echoes in the real widget', async () => {
    const input = shop().getByRole('textbox');
    await input.fill('Is the Guji in?');
    await input.press('Enter');
    await saidInShop('Is the Guji in?').waitFor();
    await expectStory(/^Web chat called our webhook/, /^Web chat took/);
  });
});

describe('the next visit', () => {
  it('finds everything as it was left', async () => {
    await page.reload();
    await settled(page);
    await said('Telegram', 'Good morning').waitFor({ state: 'attached' });
    await said('Telegram', 'Blue it is. Which size?').waitFor({ state: 'attached' });
    await said('WhatsApp', 'Green it is. Which size?').waitFor({ state: 'attached' });
    await saidInShop('Is the Guji in?').waitFor({ state: 'attached' });
    await lines().first().waitFor();
  });
});

describe('the keyboard alone', () => {
  it('sees where it is, and comes past the phones in one step', async () => {
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.getByRole('link', { name: 'Skip to the page' }).focus();
    const stops: { name: string; ring: boolean }[] = [];
    while (stops.length < 32) {
      await page.keyboard.press('Tab');
      stops.push(
        await page.evaluate(async () => {
          // Where less motion is asked for, a ring still takes a frame to arrive.
          for (let frame = 0; frame < 3; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
          const stop = document.activeElement as HTMLElement;
          return {
            name: stop.getAttribute('aria-label') ?? stop.textContent ?? '',
            ring: Number.parseFloat(getComputedStyle(stop).outlineWidth) >= 2,
          };
        }),
      );
    }
    expect(stops.filter(({ ring }) => !ring)).toEqual([]);
    expect(stops.map(({ name }) => name)).toEqual(expect.arrayContaining(['Misbehave', 'Telegram messages']));

    await page.getByRole('button', { name: 'Skip to what happened' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Story');
  });

  it('writes, asks what happened, and chooses another person', async () => {
    await page.getByLabel('Write on WhatsApp').focus();
    await page.keyboard.type('Thank you, see https://coffee.example');
    await page.keyboard.press('Enter');
    await said('WhatsApp', 'Thank you').waitFor();

    const time = said('WhatsApp', 'Thank you').getByRole('button', { name: 'Show what happened' });
    await time.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Follow the newest' }).waitFor();

    await page.getByRole('button', { name: 'You are' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem').first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'hidden' });
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.textContent), { timeout: PATIENCE_MS })
      .toContain('Ana');
  });
});

describe('somebody without a session', () => {
  it('is shown one sentence, and nothing else', async () => {
    const stranger = await newVisit({ viewport: { width: 1440, height: 900 } });
    const seen = await stranger.newPage();
    await seen.goto(`${program.origin}/lab`);
    await seen.getByText('Open the link that was printed when Tributary started').waitFor();
    expect(await seen.getByRole('log').count()).toBe(0);
    expect(await seen.locator('iframe').count()).toBe(0);
    await stranger.close();
  });
});

describe.each([
  { name: 'light', colorScheme: 'light', viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1 },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1 },
  { name: 'narrow-light', colorScheme: 'light', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  { name: 'narrow-dark', colorScheme: 'dark', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
] as const)('the Lab in $name', ({ name, ...looks }) => {
  it('neither jumps nor hides anything from those who cannot see it', async () => {
    const context = await newVisit({ ...looks, storageState: await visit.storageState() });
    // Put there by the browser itself: the pages' content policy allows no script of others, and stays in force.
    await context.addInitScript(axe);
    const seen = await context.newPage();
    await seen.goto(`${program.origin}/lab`);
    await settled(seen);
    expect(await jumps(seen)).toEqual([]);
    await seen.screenshot({ path: picture(`lab-${name}`) });
    expect(await violations(seen)).toEqual([]);

    if (looks.viewport.width < 900) {
      await seen.getByRole('button', { name: /^What happened/ }).click();
      const sheet = seen.getByRole('dialog', { name: 'What happened' });
      await lines(seen).first().waitFor();
      await seen.screenshot({ path: picture(`lab-${name}-sheet`) });
      expect(await violations(seen)).toEqual([]);
      await seen.keyboard.press('Escape');
      await sheet.waitFor({ state: 'hidden' });
    }
    await context.close();
    expect((await stat(picture(`lab-${name}`))).size).toBeGreaterThan(10_000);
  });
});

it('breaks nothing on the way', () => {
  expect(faults).toEqual([]);
});

function picture(name: string): string {
  return fileURLToPath(new URL(`${name}.png`, PICTURES));
}
