import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageFrame } from '@tributary/protocol';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchChromium } from '../../test/browser/chromium.ts';
import { buildWidget } from '../build.mjs';
import { messageFrame, startTinyServer, type TinyServer, until } from '../testing/server.ts';

let browser: Browser;
let server: TinyServer;
let page: Page;
let faults: string[];
let bundle: string;
let axe: string;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-widget-'));
  await buildWidget(folder);
  bundle = await readFile(join(folder, 'widget.js'), 'utf8');
  await rm(folder, { recursive: true });
  axe = await readFile(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
  browser = await launchChromium();
});
afterAll(() => browser.close());
beforeEach(async () => {
  server = await startTinyServer();
  server.pages.set('/widget.js', { type: 'text/javascript', body: bundle });
});
afterEach(async () => {
  await page?.context().close();
  await server.stop();
});

const STRICT =
  "default-src 'none'; script-src 'self'; connect-src 'self' ws:; img-src 'self' http://127.0.0.1:9; style-src 'none'; require-trusted-types-for 'script'";
const TAG = '<script src="/widget.js" data-channel="ch_1" async></script>';

async function visit(
  options: { html?: string; csp?: string; lang?: string; context?: BrowserContextOptions } = {},
): Promise<void> {
  const { html = TAG, csp = STRICT, lang = 'en', context } = options;
  server.pages.set('/', {
    type: 'text/html; charset=utf-8',
    body: `<!doctype html><html lang="${lang}"><title>Shop</title><main><h1>Shop</h1><button id="before">Before</button></main>${html}</html>`,
    headers: { 'content-security-policy': csp },
  });
  page = await (await browser.newContext({ reducedMotion: 'reduce', ...context })).newPage();
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path fill="#78859a" d="M0 2l2-1 2 1v1H0z"/></svg>';
  await page.route('**/shoe.svg', (route) => route.fulfill({ contentType: 'image/svg+xml', body: svg }));
  faults = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/favicon|ERR_|WebSocket/.test(message.text())) faults.push(message.text());
  });
  await page.goto(`${server.api}/`);
}
const launcher = (): Locator => page.locator('.launcher');
const sheet = (): Locator => page.getByRole('dialog');
const bubbles = (): Locator => page.locator('.log li:not([hidden]) .bubble');
const input = (): Locator => page.getByRole('textbox');
const focused = (): Promise<string | undefined> =>
  page.evaluate(() => {
    const inner = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement;
    return inner?.getAttribute('aria-label') ?? inner?.id ?? undefined;
  });
async function openSheet(): Promise<void> {
  await launcher().click();
  await until(() => server.open() === 1, 'The line');
}
async function violations(): Promise<string[]> {
  await page
    .context()
    .newCDPSession(page)
    .then((cdp) => cdp.send('Runtime.evaluate', { expression: axe }));
  return page.evaluate(async () => {
    type Results = { violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[] };
    const results = await (window as unknown as { axe: { run(): Promise<Results> } }).axe.run();
    return results.violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`,
    );
  });
}

test('a visitor opens the chat, writes, and is answered, on a page of the strictest policy', async () => {
  await visit();
  await openSheet();
  await expect.poll(focused).toBe('Write a message…');
  await input().fill('Hello <b>there</b>');
  await page.keyboard.press('Enter');
  await until(() => server.taken.some((event) => event.type === 'message'));
  server.publish({ type: 'typing', on: true });
  await page.locator('.typing').waitFor();
  server.publish(messageFrame('dlv_a.0', 'Hi! See https://shop.example.com/x.'));
  await expect
    .poll(() => bubbles().allTextContents())
    .toEqual(['Hello! How can we help?', 'Hello <b>there</b>', 'Hi! See https://shop.example.com/x.']);
  expect(await page.locator('.bubble a').getAttribute('href')).toBe('https://shop.example.com/x');
  await until(() => server.taken.some((event) => event.type === 'read'));
  expect(await page.getByRole('status').textContent()).toBe('Acme: Hi! See https://shop.example.com/x.');
  expect(faults).toEqual([]);
});

test('Tab stays in the sheet, Escape closes it and gives the focus back', async () => {
  await visit();
  await page.locator('#before').focus();
  await page.evaluate(() => (window as unknown as { tributary(command: string): void }).tributary('open'));
  await expect.poll(focused).toBe('Write a message…');
  const stops: (string | undefined)[] = [];
  for (let i = 0; i < 5; i++) {
    await page.keyboard.press('Tab');
    stops.push(await focused());
  }
  expect(stops).toEqual(['Send', 'Close chat', 'Conversation', 'Send a file', 'Write a message…']);
  for (let i = 0; i < 4; i++) await page.keyboard.press('Shift+Tab');
  expect(await focused()).toBe('Send');
  await page.keyboard.press('Escape');
  expect(await sheet().isVisible()).toBe(false);
  expect(await focused()).toBe('before');
  await launcher().click();
  await page.keyboard.press('Escape');
  expect(await focused()).toBe('Open chat');
});

const RICH: MessageFrame[] = [
  { ...messageFrame('m0'), from: 'visitor', content: { type: 'text', text: 'What do you have?' }, status: 'read' },
  {
    ...messageFrame('m1'),
    format: 'markdown',
    content: {
      type: 'text',
      text: '**Two** things, see [the _shop_](https://shop.example.com/) or `code`, not [this](javascript:alert(1))',
      actions: [
        { type: 'postback', text: 'Show both', payload: 'BOTH' },
        { type: 'link', text: 'Shop', url: 'https://shop.example.com/' },
        { type: 'link', text: 'Trap', url: 'javascript:alert(1)' },
        { type: 'call', text: 'Call us', phone: '+55 11 3000-0000' },
      ],
    },
  },
  {
    ...messageFrame('m2'),
    content: {
      type: 'carousel',
      cards: ['Blue shoe', 'Red shoe', 'Green shoe'].map((title) => ({
        title,
        text: 'Light and fast.',
        actions: [{ type: 'postback' as const, text: 'Take it', payload: title }],
      })),
    },
  },
  {
    ...messageFrame('m3'),
    content: {
      type: 'list',
      text: 'Which size?',
      sections: [
        {
          title: 'Sizes',
          rows: ['38', '39', '40'].map((title) => ({ title, payload: `SIZE_${title}`, description: 'in stock' })),
        },
      ],
    },
  },
  {
    ...messageFrame('m4'),
    content: {
      type: 'image',
      text: 'A shoe',
      media: { url: 'http://127.0.0.1:9/shoe.svg', filename: 'shoe.svg' },
    },
  },
  {
    ...messageFrame('m5'),
    content: {
      type: 'document',
      media: { url: 'https://files.example.com/terms.pdf', filename: 'terms.pdf', size: 48_213 },
    },
  },
  {
    ...messageFrame('m6'),
    content: {
      type: 'location',
      location: { latitude: 40.758, longitude: -73.9855, name: 'Acme Store', address: '1 Demo Plaza' },
    },
  },
  {
    ...messageFrame('m7'),
    content: {
      type: 'text',
      text: 'Which colour?',
      actions: [
        { type: 'reply', text: 'Red', payload: 'RED' },
        { type: 'reply', text: 'Blue', payload: 'BLUE' },
      ],
    },
  },
];

test('buttons, replies, cards, lists and files are shown and pressed; dangerous addresses are words', async () => {
  server.history = RICH;
  await visit();
  await openSheet();
  await page.getByRole('button', { name: 'Show both' }).click();
  await until(() => server.taken.some((event) => event.type === 'action' && event.payload === 'BOTH'));
  expect(await page.locator('.replies').isVisible(), 'an older message’s replies are gone').toBe(false);
  await page.getByRole('button', { name: 'Take it' }).nth(1).click();
  await page.getByRole('button', { name: /^40/ }).click();
  await until(() => server.taken.filter((event) => event.type === 'action').length === 3);
  expect(server.taken.flatMap((event) => (event.type === 'action' ? [[event.payload, event.of]] : []))).toEqual([
    ['BOTH', 'm1'],
    ['Red shoe', 'm2'],
    ['SIZE_40', 'm3'],
  ]);
  server.publish({ ...RICH.at(-1)!, id: 'm8' });
  await page.locator('.replies').getByRole('button', { name: 'Blue' }).click();
  await until(() => server.taken.some((event) => event.type === 'action' && event.of === 'm8'));
  const links = await page.locator('.bubble a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
  expect(links).toContain('tel:+551130000000');
  expect(links).toContain('https://files.example.com/terms.pdf');
  expect(links.filter((href) => href?.startsWith('javascript'))).toEqual([]);
  expect(await page.locator('.bubble strong', { hasText: 'Two' }).count()).toBe(1);
  expect(faults).toEqual([]);
});

const picture = { name: 'shoe.png', mimeType: 'image/png', buffer: Buffer.from('not really a picture') };
const mediaTaken = () =>
  server.taken.flatMap((event) => (event.type === 'message' && event.media ? [event.media] : []));

test('files are picked, pasted and dropped, and shown once they are up', async () => {
  await visit();
  await openSheet();
  await page
    .locator('input[type=file]')
    .setInputFiles([picture, { ...picture, name: 'terms.pdf', mimeType: 'application/pdf' }]);
  await until(() => mediaTaken().length === 2, 'The picked files');
  for (const [kind, name] of [
    ['paste', 'pasted.png'],
    ['drop', 'dropped.png'],
  ] as const) {
    await page.evaluate(
      ([type, filename]) => {
        const root = document.querySelector('.linktor-widget')!.shadowRoot!;
        const transfer = new DataTransfer();
        transfer.items.add(new File(['bytes'], filename, { type: 'image/png' }));
        const init = { bubbles: true, cancelable: true };
        if (type === 'paste')
          root
            .querySelector('textarea')!
            .dispatchEvent(new ClipboardEvent('paste', { ...init, clipboardData: transfer }));
        else
          for (const step of ['dragover', 'drop'])
            root.querySelector('.log')!.dispatchEvent(new DragEvent(step, { ...init, dataTransfer: transfer }));
      },
      [kind, name] as const,
    );
  }
  await until(() => mediaTaken().length === 4, 'The pasted and the dropped file');
  expect(new Map(mediaTaken().map((media) => [media.upload, media.type]))).toEqual(
    new Map([
      ['handle-of-shoe.png', 'image'],
      ['handle-of-terms.pdf', 'document'],
      ['handle-of-pasted.png', 'image'],
      ['handle-of-dropped.png', 'image'],
    ]),
  );
  expect(server.uploads.get('shoe.png')?.toString()).toBe('not really a picture');
  expect(await page.locator('.mine img').count()).toBe(3);
  expect(await page.getByRole('link', { name: /terms.pdf/ }).getAttribute('href')).toBe(
    `${server.api}/files/terms.pdf`,
  );
  expect(await page.locator('progress').count()).toBe(0);
  expect(faults).toEqual([]);
});

test('a file beyond the limits is told at once, and goes nowhere', async () => {
  await visit();
  await openSheet();
  const files = page.locator('input[type=file]');
  await files.setInputFiles({ ...picture, name: 'huge.png', buffer: Buffer.alloc(1024 * 1024 + 1) });
  await page.getByText('huge.png: This file is empty or too large. The limit in MB: 1').first().waitFor();
  await files.setInputFiles({ ...picture, name: 'tool.exe', mimeType: 'application/x-msdownload' });
  await page.getByText('tool.exe: Files of this type cannot be sent here.').first().waitFor();
  expect(server.uploads.size).toBe(0);
  expect(await bubbles().count()).toBe(1);
  await files.setInputFiles(picture);
  await until(() => mediaTaken().length === 1);
  expect(await page.locator('.notice').isVisible()).toBe(false);
});

test('a file that did not come up is tried again when asked', async () => {
  server.uploading = 'dead';
  await visit();
  await openSheet();
  await page.locator('input[type=file]').setInputFiles(picture);
  const again = page.getByRole('button', { name: 'Try again' });
  await again.waitFor();
  server.uploading = 'open';
  await again.click();
  await until(() => mediaTaken().length === 1);
  await expect.poll(() => page.locator('.mine img').count()).toBe(1);
});

test('a reload brings the conversation back, and what could not be sent', async () => {
  await visit();
  await openSheet();
  await input().fill('Sent');
  await page.keyboard.press('Enter');
  await until(() => server.taken.some((event) => event.type === 'message'));
  server.history = [{ ...messageFrame('w1', 'Sent'), from: 'visitor', status: 'sent' }];
  server.door = 'dead';
  await input().fill('Unsent');
  await page.keyboard.press('Enter');
  await page.getByText('No connection.').first().waitFor();
  await page.reload();
  await launcher().click();
  await expect.poll(() => bubbles().allTextContents()).toEqual(['Hello! How can we help?', 'Sent', 'Unsent']);
  server.door = 'open';
  await until(() => server.taken.some((event) => event.type === 'message' && event.text === 'Unsent'));
});

test('a message that comes while the chat is closed is counted on the launcher and read out', async () => {
  server.history = [messageFrame('dlv_a.0', 'Before')].map((frame) => ({ ...frame, status: 'read' }));
  await visit();
  await until(() => server.open() === 1, 'The line');
  server.publish(messageFrame('dlv_b.0', 'News'));
  await expect.poll(() => launcher().getAttribute('aria-label')).toBe('Open chat, unread messages: 1');
  expect(await page.getByRole('status').textContent()).toBe('Acme: News');
  await launcher().click();
  await expect.poll(() => page.locator('.badge').isVisible()).toBe(false);
});

test.each(['light', 'dark'] as const)('nothing stands in anybody’s way, %s', async (colorScheme) => {
  server.history = RICH;
  await visit({
    context: { colorScheme, viewport: { width: 1280, height: 800 } },
    csp: "default-src * data: 'unsafe-inline'",
  });
  expect(await violations(), 'closed').toEqual([]);
  await openSheet();
  expect(await violations(), 'open').toEqual([]);
  await page.route('**/uploads?*', () => {});
  await page.locator('input[type=file]').setInputFiles(picture);
  await page.locator('progress').waitFor();
  await page.locator('.sheet').evaluate((sheet) => sheet.setAttribute('data-drop', 'Drop the file to send it'));
  expect(await violations(), 'uploading').toEqual([]);
  await page.locator('.sheet').evaluate((sheet) => sheet.removeAttribute('data-drop'));
  await page.locator('.log').evaluate((log) => {
    log.scrollTop = 40;
  });
  if (process.env.WIDGET_PICTURES)
    await page.screenshot({ path: join(process.env.WIDGET_PICTURES, `widget-${colorScheme}.png`) });
});

test('on a phone, and at twice the size, the sheet fills the window; else it is 380 by 640', async () => {
  await visit({ context: { viewport: { width: 1280, height: 900 } } });
  await openSheet();
  expect(await sheet().boundingBox()).toMatchObject({ width: 380, height: 640 });
  for (const size of [
    { width: 390, height: 844 },
    { width: 640, height: 400 },
  ]) {
    await page.setViewportSize(size);
    expect(await sheet().boundingBox()).toEqual({ x: 0, y: 0, ...size });
    expect(await input().isVisible()).toBe(true);
  }
  await page.setViewportSize({ width: 320, height: 480 });
  if (process.env.WIDGET_PICTURES)
    await page.screenshot({ path: join(process.env.WIDGET_PICTURES, 'widget-phone.png') });
});

test('a right-to-left page gets a right-to-left chat', async () => {
  server.history = RICH;
  await visit({ lang: 'ar' });
  await openSheet();
  expect(await page.locator('.linktor-widget > div').getAttribute('dir')).toBe('rtl');
  const mine = await page.locator('.item.mine .bubble').first().boundingBox();
  const theirs = await page.locator('.item:not(.mine) .bubble').nth(3).boundingBox();
  expect(mine!.x).toBeLessThan(theirs!.x);
  if (process.env.WIDGET_PICTURES) await page.screenshot({ path: join(process.env.WIDGET_PICTURES, 'widget-rtl.png') });
});

test('Linktor’s two ways of putting it in work: the queue of calls, and the settings', async () => {
  const csp = "default-src * 'unsafe-inline'";
  await visit({
    csp,
    html: `<script>(function(w,d,s,o,f){w['LinktorObject']=o;w[o]=w[o]||function(){(w[o].q=w[o].q||[]).push(arguments)};
      var js=d.createElement(s);js.src=f;js.async=1;d.head.appendChild(js)})(window,document,'script','chat','/widget.js');
      chat('init', {channelId: 'ch_1', primaryColor: '#7a1fa2', position: 'bottom-left', onOpen(){window.opened=true},
        onMessage(m){window.heard=m.id}, translations: {inputPlaceholder: 'Escreva…'}});
      chat('open'); chat('sendMessage', {text: 'From the page'});</script>`,
  });
  await until(() => server.taken.some((event) => event.type === 'message' && event.text === 'From the page'));
  expect(await input().getAttribute('placeholder')).toBe('Escreva…');
  expect((await launcher().boundingBox())!.x).toBeLessThan(100);
  expect(await page.evaluate(() => (window as unknown as { opened?: boolean }).opened)).toBe(true);
  server.publish(messageFrame('dlv_a.0'));
  await expect.poll(() => page.evaluate(() => (window as unknown as { heard?: string }).heard)).toBe('dlv_a.0');
  await page.context().close();

  await visit({
    csp,
    html: `<script>window.LinktorSettings={channelId:'ch_1',position:'left',visitorName:'Ana'}</script><script src="/widget.js"></script>`,
  });
  await launcher().waitFor();
  await page.evaluate(() => (window as unknown as { linktor(command: string): void }).linktor('destroy'));
  expect(await launcher().count()).toBe(0);
});

test('the Lab’s frame opens it at once and keeps the focus', async () => {
  await visit({ html: '<script src="/widget.js" data-channel="ch_1" data-open></script>' });
  await sheet().waitFor();
  expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
});
