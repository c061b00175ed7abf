import { mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import { type Gallery, openGallery } from './gallery.ts';
import { SAMPLES } from './samples.ts';

/** Every phone of the wall with everything it can be asked to draw, in both lights; and what its buttons do. */

const PICTURES = new URL('../../artifacts/screenshots/', import.meta.url);
const PATIENCE_MS = 20_000;
const NAMES = ['Telegram', 'WhatsApp', 'SMS', 'Voice', 'E-mail', 'Messenger', 'Instagram', 'RCS', 'Viber', 'LINE'];

let gallery: Gallery;
let browser: Browser;
let axe: string;
const faults: string[] = [];

beforeAll(async () => {
  // @ts-expect-error The build is a script of its own, without types.
  await (await import('../../scripts/build.mjs')).buildAll();
  await mkdir(PICTURES, { recursive: true });
  axe = await readFile(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
  [gallery, browser] = await Promise.all([openGallery(SAMPLES), launchChromium()]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await gallery?.stop();
});

async function visit(looks: Parameters<Browser['newContext']>[0]): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...looks });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript(axe);
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (told) => {
    // Our own axe is kept out of a mail's frame as any script would be.
    if (told.type() === 'error' && !/Blocked script execution in 'about:srcdoc'/.test(told.text()))
      faults.push(told.text());
  });
  await page.goto(`${gallery.origin}/lab`);
  await slot(page, 'LINE').getByText('Which colour?').waitFor({ state: 'attached' });
  await page.evaluate(() => document.fonts.ready);
  return { context, page };
}

const slot = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true });

async function violations(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    type Results = { violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[] };
    const results = await (window as unknown as { axe: { run(): Promise<Results> } }).axe.run();
    return results.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${JSON.stringify(target)} ${failureSummary ?? ''}`),
    );
  });
}

describe.each(['light', 'dark'] as const)('every phone in the %s', (colorScheme) => {
  it('is drawn as its app draws it, and hides nothing from those who cannot see it', async () => {
    const { context, page } = await visit({ colorScheme, viewport: { width: 4200, height: 940 } });
    for (const name of NAMES) {
      const phone = slot(page, name);
      await phone.screenshot({ path: picture(`phone-${name.toLowerCase()}-${colorScheme}`) });
    }
    expect(await violations(page)).toEqual([]);
    await slot(page, 'E-mail').getByRole('button', { name: 'Beans for a party' }).click();
    await slot(page, 'E-mail').getByTitle('Re: Beans for a party').contentFrame().getByText('Twenty cups').waitFor();
    await page.waitForTimeout(100);
    await slot(page, 'E-mail').screenshot({ path: picture(`phone-e-mail-open-${colorScheme}`) });
    expect(await violations(page)).toEqual([]);
    await slot(page, 'E-mail').getByRole('button', { name: 'Reply', exact: true }).click();
    await slot(page, 'E-mail').screenshot({ path: picture(`phone-e-mail-reply-${colorScheme}`) });
    expect(await violations(page)).toEqual([]);
    await context.close();
  });

  it('stands alone on a narrow page', async () => {
    const { context, page } = await visit({ colorScheme, viewport: { width: 390, height: 844 } });
    for (const name of ['Messenger', 'Voice', 'E-mail', 'LINE']) {
      await page.getByRole('navigation', { name: 'Phones' }).getByRole('button', { name }).click();
      await expect.poll(() => slot(page, name).evaluate((node) => Math.round(node.getBoundingClientRect().x))).toBe(12);
      await page.screenshot({ path: picture(`narrow-${name.toLowerCase()}-${colorScheme}`) });
    }
    expect(await violations(page)).toEqual([]);
    await context.close();
  });
});

describe('a hand on a phone', () => {
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    ({ context, page } = await visit({ viewport: { width: 1440, height: 900 } }));
  });
  afterAll(() => context?.close());

  /** What the page did there last. */
  const did = (provider: string) => gallery.acts.findLast((each) => each.provider === provider)?.act;
  const does = (provider: string, act: object) =>
    expect.poll(() => did(provider), { timeout: PATIENCE_MS }).toMatchObject(act);

  it('taps a quick answer, and a button of a card', async () => {
    await slot(page, 'Messenger').getByRole('group', { name: 'Quick answers' }).getByText('Blue').click();
    await does('facebook', { do: 'tap', buttonId: 'blue' });
    await slot(page, 'Instagram').getByRole('button', { name: 'Buy Guji' }).click();
    await does('instagram', { do: 'tap', buttonId: 'buy guji' });
  });
  it('answers a numbered text by its number', async () => {
    await slot(page, 'SMS').getByRole('button', { name: '2 Blue' }).click();
    await does('sms', { do: 'text', text: '2' });
  });
  it('presses keys, speaks, leaves a recording and hangs up', async () => {
    const phone = slot(page, 'Voice');
    await phone.getByRole('group', { name: 'Keypad' }).getByRole('button', { name: '5' }).click();
    await does('voice', { do: 'press', digits: '5' });
    await phone.getByRole('button', { name: '1 Red' }).click();
    await does('voice', { do: 'press', digits: '1' });
    await phone.getByLabel('Speak on Voice').fill('Blue, please');
    await page.keyboard.press('Enter');
    await does('voice', { do: 'speak', text: 'Blue, please' });
    await phone.getByRole('button', { name: 'Record' }).click();
    await does('voice', { do: 'record', seconds: 6 });
    await phone.getByRole('button', { name: 'Hang up' }).click();
    await does('voice', { do: 'hangup' });
  });
  it('writes a mail, and answers one in its thread', async () => {
    const phone = slot(page, 'E-mail');
    await phone.getByRole('button', { name: 'Write a mail' }).click();
    await phone.getByLabel('Subject').fill('A question');
    await phone.getByLabel('Write on E-mail').fill('Are you open?');
    await phone.getByLabel('Out of office').check();
    await phone.getByRole('button', { name: 'Send' }).click();
    await does('email', { do: 'mail', subject: 'A question', text: 'Are you open?', automatic: true });
    await phone.getByRole('button', { name: 'Beans for a party' }).click();
    await phone.getByRole('button', { name: 'Reply', exact: true }).click();
    await phone.getByLabel('Write on E-mail').fill('Thank you');
    await phone.getByRole('button', { name: 'Sample picture' }).click();
    await phone.getByRole('button', { name: 'Send' }).click();
    await does('email', {
      do: 'mail',
      subject: 'Re: Beans for a party',
      inReplyTo: expect.stringMatching(/^m\d+$/),
      attachments: [{ filename: 'hills.jpg', mimeType: 'image/jpeg' }],
    });
  });
  it('opens a menu that is always there, and a keyboard the business coloured', async () => {
    await slot(page, 'Messenger').getByRole('button', { name: 'Answers to choose from' }).click();
    await slot(page, 'Messenger').getByRole('button', { name: 'Talk to a person' }).click();
    await does('facebook', { do: 'tap', messageId: 'menu', buttonId: 'talk to a person' });
    await slot(page, 'Viber').getByRole('group', { name: 'Answers to choose from' }).getByText('Red').click();
    await does('viber', { do: 'tap', buttonId: 'red' });
  });
  it('unsends, and is offered nothing that the provider has not', async () => {
    const unsent = slot(page, 'Instagram').getByText('That looks lovely').locator('..').locator('..');
    await unsent.hover();
    await page.getByRole('button', { name: 'More on Instagram' }).click();
    await page.getByRole('menuitem', { name: 'Mention the business in a story' }).click();
    await does('instagram', { do: 'story_mention' });
    await page.getByRole('button', { name: 'More on SMS' }).click();
    await page.getByRole('menuitem').first().waitFor();
    expect(await page.getByRole('menuitem').allInnerTexts()).toEqual([
      'Block the business',
      'Record webhooks as fixtures',
    ]);
    await page.keyboard.press('Escape');
  });
});

describe('the wall', () => {
  it('says how many phones do not fit among its switches, and remembers what was taken down', async () => {
    const { context, page } = await visit({ viewport: { width: 1200, height: 900 } });
    const rest = page.getByRole('button', { name: /^\d+ more phones$/ });
    await rest.click();
    await page.getByRole('menuitem', { name: 'LINE' }).click();
    await slot(page, 'LINE').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.getByRole('group', { name: 'Phones on the wall' }).getByRole('button', { name: 'Telegram' }).click();
    await slot(page, 'Telegram').waitFor({ state: 'detached' });
    await page.screenshot({ path: picture('wall-1200') });
    await page.reload();
    await slot(page, 'SMS').getByText('Which colour').waitFor({ state: 'attached' });
    expect(await slot(page, 'LINE').count()).toBe(0);
    await rest.click();
    await page.getByRole('menuitem', { name: 'LINE' }).click();
    await slot(page, 'LINE').waitFor({ state: 'visible' });
    await expect
      .poll(() => slot(page, 'LINE').evaluate((node) => node.getBoundingClientRect().right))
      .toBeLessThan(1200);
    await context.close();
  });
  it('lets every provider misbehave', async () => {
    const { context, page } = await visit({ viewport: { width: 1440, height: 900 } });
    await page.getByRole('button', { name: 'Misbehave' }).click();
    const providers = page.getByRole('group', { name: 'Provider' });
    expect((await providers.getByRole('button').allInnerTexts()).map((name) => name.trim())).toEqual(NAMES);
    await page.screenshot({ path: picture('misbehave') });
    expect(await violations(page)).toEqual([]);
    await context.close();
  });
});

it('breaks nothing on the way', () => {
  expect(faults).toEqual([]);
});

function picture(name: string): string {
  return fileURLToPath(new URL(`${name}.png`, PICTURES));
}
