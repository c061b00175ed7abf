import { mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchChromium } from './chromium.ts';
import { type Program, startProgram } from './program.ts';

/** The first run as an operator meets it: the printed link, an account, a channel connected by its form. The tests tell one visit, in order. */

const PICTURES = new URL('../../artifacts/screenshots/', import.meta.url);
const PATIENCE_MS = 30_000;
// Each page is judged four times, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000 });
const PASSWORD = 'correct horse battery';
const BOT = {
  account: '7000000042',
  botToken: '7000000042:TEST-telegram-bot-token-not-real0042',
  username: 'press_desk_bot',
};

let program: Program;
let browser: Browser;
let visit: BrowserContext;
let page: Page;
let axe: string;
const faults: string[] = [];

beforeAll(async () => {
  // @ts-expect-error The build is a script of its own, without types.
  await (await import('../../scripts/build.mjs')).buildAll();
  await mkdir(PICTURES, { recursive: true });
  axe = await readFile(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
  [program, browser] = await Promise.all([startProgram(), launchChromium()]);
  visit = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  visit.setDefaultTimeout(PATIENCE_MS);
  page = await visit.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await program?.stop();
}, 60_000);

/** Judged in both themes, wide and narrow, with a picture of each for people to look at. */
async function look(name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const)
    for (const [width, height] of [
      [1440, 900],
      [390, 844],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: fileURLToPath(new URL(`${name}-${colorScheme}-${width}.png`, PICTURES)) });
      await page.evaluate(axe);
      const found = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        };
        return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      });
      expect(found, `${name}, ${colorScheme}, ${width}`).toEqual([]);
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      );
      expect(wide, `${name} scrolls sideways at ${width}`).toBe(false);
    }
  await page.setViewportSize({ width: 1440, height: 900 });
}

describe('the first run', () => {
  it('makes an account by the link that was printed, once', async () => {
    await page.goto(program.setupLink);
    await page.getByRole('heading', { name: 'Welcome to Tributary' }).waitFor();
    await look('setup');
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('E-mail').fill('ada@shop.example');
    await page.locator('input[name=password]').fill(PASSWORD);
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.getByRole('heading', { name: 'Channels' }).waitFor();
    await page.getByText('Coffee on Telegram').waitFor();
    await look('channels');
    const stranger = await browser.newContext();
    const theirs = await stranger.newPage();
    await theirs.goto(program.setupLink);
    await theirs.getByRole('heading', { name: 'This link does not open anything' }).waitFor();
    await theirs.goto(`${program.origin}/channels`);
    await theirs.getByRole('heading', { name: 'Sign in' }).waitFor();
    await stranger.close();
  });

  it('signs out and in again, and keeps what was typed when it is refused', async () => {
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('E-mail').fill('ada@shop.example');
    await page.locator('input[name=password]').fill('something else');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByLabel('E-mail').inputValue()).toBe('ada@shop.example');
    await look('login');
    await page.locator('input[name=password]').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Channels' }).waitFor();
  });
});

describe('adding a channel', () => {
  it('offers every type that there is, with what it can do', async () => {
    await page.getByRole('link', { name: 'Add channel' }).click();
    const { data } = (await (await page.request.get(`${program.origin}/api/v1/channel-types`)).json()) as {
      data: { title: string }[];
    };
    const tiles = page.getByRole('list', { name: 'Channel types' }).getByRole('link');
    await tiles.first().waitFor();
    expect(await tiles.count()).toBe(data.length);
    await look('add-channel');
  });

  it('says at each field what is wrong, and connects nothing', async () => {
    await page.getByRole('link', { name: /^Telegram/ }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Press desk');
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('This is needed.').first().waitFor();
    expect(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe('Press desk');
    await look('connect');
  });

  it('connects, waits for the first webhook, and turns green by itself', async () => {
    const { account, ...credentials } = BOT;
    const made = await page.request.post(`${program.origin}/lab/sim/accounts`, {
      data: { provider: 'telegram', account, title: 'Press desk', credentials },
    });
    expect(made.status(), await made.text()).toBeLessThan(300);
    await page.locator('input[type=password]').first().fill(BOT.botToken);
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByRole('heading', { name: 'Press desk' }).waitFor();
    await page.getByText('Waiting for the first request').waitFor();
    await page.getByRole('status').filter({ hasText: 'Active' }).waitFor();
    const said = await page.request.post(`${program.origin}/lab/sim/phones/telegram/${account}/kofi/acts`, {
      data: { do: 'text', text: 'Hello?' },
    });
    expect(said.status()).toBe(200);
    await page.getByText('Telegram calls.').waitFor();
  });

  it('is tested, assigned to somebody, and says something', async () => {
    await page.getByRole('button', { name: 'Test the connection' }).click();
    await page.getByText('The token belongs to @press_desk_bot.').waitFor();
    await page.getByRole('combobox', { name: 'Who answers' }).selectOption({ label: 'Echo' });
    await look('channel');
    await page.getByLabel('Send a test to').fill('700100202');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText(/^Queued as msg_/).waitFor();
    const heard = async (): Promise<boolean> => {
      const phone = (await (
        await page.request.get(`${program.origin}/lab/sim/phones/telegram/${BOT.account}/kofi`)
      ).json()) as { messages: { from: string; text?: string }[] };
      return phone.messages.some(({ from, text }) => from === 'business' && text === 'Hello from Tributary.');
    };
    for (const until = Date.now() + PATIENCE_MS; !(await heard()); await page.waitForTimeout(100))
      expect(Date.now(), 'The test message did not arrive.').toBeLessThan(until);
    await page.goto(`${program.origin}/channels`);
    await page
      .getByRole('link', { name: /Press desk/ })
      .filter({ hasText: 'Bot “Echo”' })
      .waitFor();
  });

  it('is switched off and deleted when that is asked for twice', async () => {
    await page.getByRole('link', { name: /Press desk/ }).click();
    await page.getByRole('button', { name: 'What to do with the channel' }).click();
    await page.getByRole('menuitem', { name: 'Switch off' }).click();
    await page.getByRole('status').filter({ hasText: 'Off' }).waitFor();
    await page.getByRole('button', { name: 'What to do with the channel' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('heading', { name: 'Channels' }).waitFor();
    await page.getByText('Press desk').waitFor({ state: 'detached' });
  });
});

it('shows what each channel can do', async () => {
  await page.goto(`${program.origin}/matrix`);
  await page.getByRole('rowheader', { name: 'Quick replies' }).waitFor();
  await look('matrix');
});

it('has said nothing that a browser calls an error', () => {
  expect(faults).toEqual([]);
});
