import { readFileSync } from 'node:fs';
import { fit, SendError, UnknownOutcome } from '@tributary/protocol';
import { describe, expect, test } from 'vitest';
import type { InboundEventOf, InboundRequest, ProviderRequest, RenderContext } from '../adapter.ts';
import type { InboundFixture } from '../testing/fixtures.ts';
import { readFixtures, toRequest } from '../testing/fixtures.ts';
import { scriptedIo } from '../testing/io.ts';
import { type Proof, testChannel } from '../testing/suite.ts';
import type { EmailConfig } from './config.ts';
import { toSmtpError } from './faults.ts';
import { sanitise, toText } from './html.ts';
import { email } from './index.ts';
import { ownId, readOwnId, tokenOf } from './naming.ts';
import { splitReply } from './quote.ts';
import { MAILGUN, mailgunSpec, SMTP } from './testing.ts';

const ana = { kind: 'email' as const, value: 'ana.prado@customer.example' };
const MAILGUN_FIXTURES = new URL('./fixtures/mailgun/', import.meta.url);
const SMTP_FIXTURES = new URL('./fixtures/smtp/', import.meta.url);

/** A changed letter of our own link, or of any of the three fields that Mailgun signs with. */
const swap = (text: string, name: string): string =>
  text.replace(
    new RegExp(`(["&?]${name}"?[=:] ?"?)([^"&])`),
    (_, head: string, one: string) => `${head}${one === '1' ? '2' : '1'}`,
  );
const byLink: Proof = {
  forge: (request) => [
    ['another address', { ...request, publicUrl: swap(request.publicUrl, 'a') }],
    ['another signature', { ...request, publicUrl: swap(request.publicUrl, 's') }],
    ['no signature', { ...request, publicUrl: request.publicUrl.replace(/&s=.*/, '') }],
  ],
};
const bySignature: Proof = {
  forge(request) {
    const text = Buffer.from(request.body).toString('latin1');
    const changed = ['timestamp', 'token', 'signature'].map((name): [string, InboundRequest] => {
      const value = new RegExp(`\\b${name}"?(?:: ?"|=|"\\r\\n\\r\\n)([0-9a-f]+)`).exec(text)![1]!;
      const other = `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`;
      return [`another ${name}`, { ...request, body: Buffer.from(text.replace(value, other), 'latin1') }];
    });
    return [
      ...changed,
      ['an old signature', { ...request, receivedAt: new Date(request.receivedAt.getTime() + 3_600_000) }],
    ];
  },
};
const proof: Proof = [
  { fits: (request) => request.publicUrl.includes('/unsubscribe?'), proof: byLink },
  { fits: () => true, proof: bySignature },
];

testChannel(email, {
  config: MAILGUN,
  fixtures: MAILGUN_FIXTURES,
  proof,
  spec: mailgunSpec(new URL('spec.json', MAILGUN_FIXTURES)),
  files: {
    'https://files.example.com/invoice-1042.pdf': { bytes: Buffer.from('%PDF-1.4'), mimeType: 'application/pdf' },
  },
  to: ana,
  externalId: 'CAF-demo-0001@mail.customer.example',
});
testChannel(email, {
  config: SMTP,
  fixtures: SMTP_FIXTURES,
  proof,
  to: ana,
  externalId: 'plain-0001@mail.customer.example',
});

const letter = (source: string): InboundRequest => ({
  via: 'listen',
  method: 'FETCH',
  publicUrl: 'imap://imap.acme.example/INBOX',
  headers: { 'content-type': 'message/rfc822' },
  body: Buffer.from(source),
  receivedAt: new Date('2026-10-04T18:30:00Z'),
});
const read = async (source: string, config: EmailConfig = SMTP): Promise<InboundEventOf<'message'>> =>
  (await email.later!.read(letter(source), config)).find((event) => event.type === 'message')!;
const context = (more: Partial<RenderContext> = {}): RenderContext => ({
  to: ana,
  thread: { key: ana.value, kind: 'direct' },
  partKey: 'dlv_0192aaaaaaaa7000800000000000000a.0',
  callbackUrl: 'https://hooks.example.com/webhooks/email/ch_1',
  now: new Date('2026-11-20T12:00:00Z'),
  locale: 'en',
  ...more,
});
const bodyOf = (request: ProviderRequest | undefined): Record<string, unknown> =>
  request!.body as Record<string, unknown>;

describe('a thread', () => {
  test('is the same for the mail that begins it, for our answers and for theirs', async () => {
    const first = await read('From: a@b.example\r\nMessage-ID: <root@b.example>\r\nSubject: Hi\r\n\r\nHi');
    expect(first.thread).toEqual({ key: tokenOf('root@b.example'), kind: 'direct' });
    const newest = { externalId: first.externalId, at: first.at, metadata: first.metadata! };
    const [answer] = email.render(
      { content: { type: 'text', text: 'Yes' } },
      context({ thread: first.thread, newest }),
      SMTP,
    );
    const id = String(bodyOf(answer).messageId);
    for (const headers of [
      `References: <root@b.example> ${id}`,
      `In-Reply-To: ${id}`,
      `References: ${id}\r\nIn-Reply-To: ${id}`,
      `To: support+${first.thread.key.toUpperCase()}@acme.example`,
    ]) {
      const again = await read(`From: a@b.example\r\nMessage-ID: <again@b.example>\r\n${headers}\r\n\r\nSo`);
      expect(again.thread, headers).toEqual(first.thread);
    }
  });

  test('that we began with a person stays that person’s, and nobody else gets into it', async () => {
    const [begun] = email.render({ content: { type: 'text', text: 'Hello' } }, context(), SMTP);
    const reply = `In-Reply-To: ${bodyOf(begun).messageId}\r\n\r\nHi`;
    expect((await read(`From: ${ana.value}\r\nMessage-ID: <1@c.example>\r\n${reply}`)).thread.key).toBe(ana.value);
    expect((await read(`From: eve@evil.example\r\nMessage-ID: <2@c.example>\r\n${reply}`)).thread.key).toBe(
      'eve@evil.example',
    );
  });

  test('keeps few references, the first and the last, and names no id that we made up', () => {
    const references = Array.from({ length: 60 }, (_, no) => `r${no}@b.example`);
    const newest = { externalId: 'last@b.example', at: new Date(), metadata: { references, subject: 'AW: RE: Hi' } };
    const [long] = email.render({ content: { type: 'text', text: 'Yes' } }, context({ newest }), SMTP);
    const kept = bodyOf(long).references as string[];
    expect(kept).toHaveLength(20);
    expect([kept[0], kept.at(-1)]).toEqual(['<r0@b.example>', '<last@b.example>']);
    expect(bodyOf(long).subject).toBe('Re: Hi');
    const unnamed = { ...newest, externalId: `${'0'.repeat(32)}@unnamed.invalid`, metadata: {} };
    const [bare] = email.render({ content: { type: 'text', text: 'Yes' } }, context({ newest: unnamed }), SMTP);
    expect(bodyOf(bare)).not.toHaveProperty('inReplyTo');
    expect(bodyOf(bare)).not.toHaveProperty('references');
  });

  test('is answered where its writer wants answers', async () => {
    const form = await read(
      'From: form@shop.example\r\nReply-To: Ana <ana@c.example>\r\nMessage-ID: <f@shop.example>\r\n\r\nHi',
    );
    const newest = { externalId: form.externalId, at: form.at, metadata: form.metadata! };
    const answerTo = (value: string) =>
      bodyOf(
        email.render(
          { content: { type: 'text', text: 'Yes' } },
          context({ newest, to: { kind: 'email', value } }),
          SMTP,
        )[0],
      ).to;
    expect(answerTo('form@shop.example')).toEqual(['ana@c.example']);
    // Somebody else wrote last: it is not theirs to say where our answer to Ana goes.
    expect(answerTo(ana.value)).toEqual([ana.value]);
    expect(form.from.value).toBe('form@shop.example');
  });

  test('is named by our ids, and by nobody else’s', () => {
    const id = ownId('dlv_0192aaaaaaaa7000800000000000000a.3', { key: tokenOf('x'), kind: 'direct' }, SMTP);
    expect(readOwnId(id, SMTP)).toEqual({ partKey: 'dlv_0192aaaaaaaa7000800000000000000a.3', thread: tokenOf('x') });
    expect(readOwnId(id.replace('acme.example', 'evil.example'), SMTP)).toBeUndefined();
    expect(readOwnId('x@acme.example', SMTP)).toBeUndefined();
  });
});

describe('what was written', () => {
  test.each([
    ['Yes\n\nOn Mon, 5 Oct 2026 at 10:00, Acme <s@acme.example> wrote:\n> Red?', 'Yes'],
    ['Sim\n\nEm seg., 5 de out. de 2026 às 10:00, Acme <s@acme.example> escreveu:\n> Red?', 'Sim'],
    ['Ja\n\n-----Ursprüngliche Nachricht-----\nVon: Acme', 'Ja'],
    ['2\n\nFrom: Acme <s@acme.example>\nSent: Monday\nTo: Ana\nSubject: x\n\nRed?', '2'],
    ['Above\n\n-- reply above this line --\nBelow', 'Above'],
    [
      'From: here it is written, a letter to s@acme.example\nand more',
      'From: here it is written, a letter to s@acme.example\nand more',
    ],
    ['> Red?\nNo, blue.\n> Large?\nYes.', '> Red?\nNo, blue.\n> Large?\nYes.'],
    ['', ''],
  ])('%j is “%s” and the rest', (text, visible) => {
    const split = splitReply(text);
    expect(split.visible).toBe(visible);
    const words = (one: string): string => one.replace(/\s+/g, '');
    expect(words(split.visible + split.quoted)).toBe(words(text));
  });

  test('is found quickly in whatever a stranger sends', async () => {
    const began = Date.now();
    for (const text of [
      '\n'.repeat(200_000),
      'On '.repeat(70_000),
      '> x\n'.repeat(50_000),
      '\n \n\t'.repeat(30_000),
      '-'.repeat(200_000),
    ])
      splitReply(text);
    for (const html of [
      '<div>'.repeat(50_000),
      '<table><tr><td>'.repeat(20_000),
      `<a ${'x=y '.repeat(50_000)}>`,
      '<'.repeat(200_000),
    ]) {
      sanitise(html);
      toText(html);
    }
    expect(Date.now() - began).toBeLessThan(20_000);
  });

  test('costs no more than its mail: ten thousand recipients, a bomb, parts within parts, headers without end', async () => {
    const people = Array.from({ length: 10_000 }, (_, no) => `"P ${no}" <p${no}@x.example>`).join(',\r\n ');
    const crowd = await read(`From: a@b.example\r\nMessage-ID: <c@b.example>\r\nTo: ${people}\r\n\r\nHi all`);
    expect(crowd.metadata!.to).toHaveLength(50);
    expect(JSON.stringify(crowd).length).toBeLessThan(20_000);
    const zip = `${'UEsD'.repeat(19)}\r\n`.repeat(50_000);
    const bomb = await read(
      `From: a@b.example\r\nMessage-ID: <z@b.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=bomb.zip\r\n\r\n${zip}--b--`,
    );
    expect(bomb.attachments[0]!.media).toMatchObject({ filename: 'bomb.zip', ref: { file: 0 } });
    expect(JSON.stringify(bomb).length).toBeLessThan(2_000);
    const nested = Array.from(
      { length: 3_000 },
      (_, no) => `Content-Type: multipart/mixed; boundary="b${no}"\r\n\r\n--b${no}\r\n`,
    ).join('');
    await expect(read(`From: a@b.example\r\n${nested}x`)).rejects.toThrow(/child nodes/);
    await expect(read(`From: a@b.example\r\nSubject: ${'=?UTF-8?Q?a?= '.repeat(200_000)}\r\n\r\nx`)).rejects.toThrow(
      /header size/,
    );
  });

  test('is shown without what acts: scripts, forms, frames, styles that cover, pictures that tell', () => {
    const html = sanitise(
      '<script>x</script><iframe src="https://e.example"></iframe><form><input></form><p onclick="x" style="color:red;position:fixed;background:url(https://e.example)">a</p>' +
        '<img src="https://e.example/p.gif"><img src="//e.example/p.gif"><img src="data:image/png;base64,xx"><img src="cid:a"><a href="data:text/html,x">b</a><svg onload=x>c</svg>',
    )!;
    expect(html).not.toMatch(
      /script|iframe|form|input|onclick|onload|position|url\(|src="(?!cid:)|data:/i.exec(
        html.replaceAll('data-blocked-src', ''),
      )?.[0] ?? /$^/,
    );
    expect(html).toContain('src="cid:a"');
  });

  test('brings its files back out of the raw request', async () => {
    for (const [folder, config, name, text] of [
      [SMTP_FIXTURES, SMTP, 'html-attachment', '%PDF-1.4'],
      [MAILGUN_FIXTURES, MAILGUN, 'inbound-route-attachments', 'PNG'],
    ] as const) {
      const fixture = readFixtures<InboundFixture>(folder, 'inbound').find((one) => one.name === name)!;
      const request = toRequest(fixture, folder);
      const [event] = await email.later!.read(request, config);
      const { media } = (event as InboundEventOf<'message'>).attachments[0]!;
      const open = await email.fetchMedia!(media, config, scriptedIo('http://127.0.0.1:9', []), request);
      const chunks: Uint8Array[] = [];
      for await (const chunk of open.body) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString('latin1')).toContain(text);
      expect(Buffer.concat(chunks).length).toBe(media.size);
    }
  });

  test('leaves files at Mailgun until they are wanted, and the key goes nowhere else', async () => {
    const io = scriptedIo('http://127.0.0.1:9', [{ status: 200, rawBody: 'pdf' }]);
    const stored = { ref: { url: 'https://storage-us-east4.api.mailgun.net/v3/x/attachments/0' } };
    await email.fetchMedia!(stored, MAILGUN, io, letter(''));
    expect(io.requests[0]!.headers!.authorization).toMatch(/^Basic /);
    for (const url of ['https://mailgun.net.evil.example/0', 'http://storage.api.mailgun.net/0', 'not a url'])
      await expect(email.fetchMedia!({ ref: { url } }, MAILGUN, io, letter(''))).rejects.toBeInstanceOf(SendError);
    expect(io.requests).toHaveLength(1);
  });
});

describe('answers', () => {
  test('are numbered for the text and links in the HTML, all in one mail', () => {
    const content = {
      type: 'text' as const,
      text: 'Red or blue?',
      actions: [
        { type: 'reply' as const, text: 'Red', payload: 'r' },
        { type: 'postback' as const, text: 'Blue', payload: 'b' },
        { type: 'link' as const, text: 'Look', url: 'https://shop.example.com/' },
      ],
    };
    const fitted = fit(content, email.capabilities(SMTP), { channelTitle: email.title });
    expect(fitted).toMatchObject({
      losses: [],
      choices: [
        { number: 1, payload: 'r' },
        { number: 2, payload: 'b' },
      ],
    });
    expect(fitted.parts).toHaveLength(1);
    const [request] = email.render(fitted.parts[0]!, context({ choices: fitted.choices }), SMTP);
    expect(bodyOf(request).text).toBe('Red or blue?\n\n1) Red\n2) Blue\nLook: https://shop.example.com/');
    expect(bodyOf(request).html).toContain('&#38;body=Blue"');
  });

  test('with the same words are told apart by their numbers', () => {
    const card = (title: string) => ({ title, actions: [{ type: 'postback' as const, text: 'Buy', payload: title }] });
    const fitted = fit({ type: 'carousel', cards: [card('one'), card('two')] }, email.capabilities(SMTP));
    const [request] = email.render(fitted.parts[0]!, context({ choices: fitted.choices }), SMTP);
    expect(fitted.parts).toHaveLength(1);
    expect(String(bodyOf(request).html)).toMatch(/body=1".*body=2"/s);
  });
});

describe('a header', () => {
  test('cannot be begun by what somebody wrote', () => {
    const evil = 'x\r\nBcc: evil@e.example';
    const content = {
      type: 'email' as const,
      subject: evil,
      text: 'a',
      cc: [`a@b.example\r\n${evil}`],
      inReplyTo: evil,
      references: [evil],
    };
    const media = { url: 'https://files.example.com/a', filename: evil };
    for (const config of [SMTP, MAILGUN]) {
      const requests = [
        ...email.render({ content }, context(), { ...config, fromName: evil }),
        ...email.render({ content: { type: 'document', media } }, context(), config),
      ];
      for (const { body } of requests) {
        const {
          text: _,
          html: _html,
          attachments: _files,
          attachment: _more,
          ...headers
        } = body as Record<string, unknown>;
        expect(JSON.stringify({ ...headers, fromName: undefined }).replace(/"(?:from|name)":"[^"]*"/g, '')).not.toMatch(
          /\\r|\\n/,
        );
      }
    }
  });
});

describe('unsubscribing', () => {
  const link = () => {
    const [request] = email.render(
      { content: { type: 'text', text: 'News' } },
      context({ purpose: 'marketing' }),
      SMTP,
    );
    return /<([^>]+)>/.exec((bodyOf(request).headers as Record<string, string>)['List-Unsubscribe']!)![1]!;
  };
  const asked = (method: string, publicUrl: string): InboundRequest => ({
    ...letter(''),
    via: 'http',
    method,
    publicUrl,
    headers: {},
  });

  test('asks people first, and is done by one click of a program', () => {
    const page = email.handshake!(asked('GET', link()), SMTP)!;
    expect(page).toMatchObject({ status: 200, contentType: expect.stringContaining('text/html') });
    expect(page.body).toContain('ana.prado@customer.example');
    expect(email.handshake!(asked('POST', link()), SMTP)).toBeUndefined();
    expect(email.verify(asked('POST', link()), SMTP)).toBe(true);
    expect(email.parse(asked('POST', link()), SMTP)).toMatchObject([
      { type: 'consent', state: 'opted_out', from: ana },
    ]);
    expect(email.accepted!(asked('POST', link()), SMTP)?.body).toContain('Done');
  });

  test('is refused where the link is not ours', () => {
    expect(email.handshake!(asked('GET', link().replace('prado', 'other')), SMTP)!.status).toBe(403);
    expect(email.verify(asked('POST', link().replace('prado', 'other')), SMTP)).toBe(false);
  });

  test('is offered where the settings say so', () => {
    const headers = (config: EmailConfig, purpose?: string) =>
      bodyOf(email.render({ content: { type: 'text', text: 'x' } }, context({ purpose }), config)[0]).headers;
    expect(headers(SMTP)).toBeUndefined();
    expect(headers({ ...SMTP, listUnsubscribe: 'always' })).toHaveProperty('List-Unsubscribe');
    expect(headers({ ...SMTP, listUnsubscribe: 'never' }, 'marketing')).toBeUndefined();
  });
});

describe('a mail server', () => {
  const { results } = JSON.parse(readFileSync(new URL('results.json', SMTP_FIXTURES), 'utf8')) as {
    results: { outcome: string; error?: Parameters<typeof toSmtpError>[0] }[];
  };
  const RETRIED = ['unavailable', 'rate_limited'];
  const LASTING = ['invalid_recipient', 'too_large', 'content_refused', 'rejected'];

  test.each(results.filter((one) => one.error))(
    'that says $error.code $error.response is understood as $outcome',
    ({ outcome, error }) => {
      const { code } = toSmtpError(error!, []);
      if (outcome === 'retry') expect(RETRIED).toContain(code);
      else if (outcome === 'permanent') expect(LASTING).toContain(code);
      else expect(code).toBe('bad_credentials');
    },
  );

  test('that nobody answers at leaves nothing sent', async () => {
    const [request] = email.render({ content: { type: 'text', text: 'x' } }, context(), SMTP);
    const io = scriptedIo('http://127.0.0.1:9', []);
    await expect(email.send(request!, SMTP, io)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(email.send(request!, SMTP, io)).rejects.not.toBeInstanceOf(UnknownOutcome);
  });
});

describe('Mailgun', () => {
  const hook = { url: 'https://hooks.example.com/webhooks/email/ch_1' };
  const domain = {
    status: 200,
    body: { domain: { state: 'active' }, sending_dns_records: [], receiving_dns_records: [] },
  };
  const webhooks = (urls: string[], events: string[]) => ({
    status: 200,
    body: { webhooks: Object.fromEntries(events.map((event) => [event, { urls }])) },
  });
  const ALL = ['accepted', 'delivered', 'permanent_fail', 'opened', 'clicked', 'unsubscribed', 'complained'];

  test('is given the webhooks and the route that are missing, and only those', async () => {
    const io = scriptedIo('http://127.0.0.1:9', [
      domain,
      webhooks(['https://other.example/'], ALL.slice(1)),
      ...ALL.map(() => ({ status: 200, body: {} })),
      { status: 200, body: { items: [] } },
      { status: 200, body: {} },
    ]);
    await expect(email.connect!(MAILGUN, io, hook)).resolves.toMatchObject({ account: MAILGUN.fromEmail });
    expect(io.requests.map(({ method, url }) => `${method} ${url.replace('http://127.0.0.1:9', '')}`)).toEqual([
      'GET /v3/domains/mg.acme.example',
      'GET /v3/domains/mg.acme.example/webhooks',
      'POST /v3/domains/mg.acme.example/webhooks',
      ...ALL.slice(1).map((event) => `PUT /v3/domains/mg.acme.example/webhooks/${event}`),
      'GET /v3/routes?limit=1000',
      'POST /v3/routes',
    ]);
    expect([...new URLSearchParams(String(io.requests.at(-1)!.body))]).toEqual([
      ['priority', '0'],
      ['description', 'Tributary: support@mg.acme.example'],
      ['expression', 'match_recipient("support(\\+.*)?@mg\\.acme\\.example")'],
      ['action', `forward("${hook.url}/mime")`],
      ['action', 'stop()'],
    ]);
    const again = scriptedIo('http://127.0.0.1:9', [
      domain,
      webhooks([hook.url], ALL),
      { status: 200, body: { items: [{ id: '1', actions: [`forward("${hook.url}/mime")`, 'stop()'] }] } },
    ]);
    await email.connect!(MAILGUN, again, hook);
    expect(again.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  test('is probed for its key, its DNS, its webhooks and its route, each with what mends it', async () => {
    const refused = scriptedIo('http://127.0.0.1:9', [{ status: 401, rawBody: 'Forbidden' }]);
    expect(await email.probe!(MAILGUN, refused, hook)).toMatchObject([
      { name: 'credentials', ok: false, remedy: expect.any(String) },
    ]);
    const io = scriptedIo('http://127.0.0.1:9', [
      {
        status: 200,
        body: {
          domain: { state: 'unverified' },
          sending_dns_records: [{ record_type: 'TXT', name: 'mg.acme.example', valid: 'unknown' }],
        },
      },
      webhooks([], []),
      { status: 200, body: { items: [] } },
    ]);
    const findings = await email.probe!({ ...MAILGUN, webhookSigningKey: undefined }, io, hook);
    expect(findings.filter((one) => !one.ok).map((one) => one.name)).toEqual([
      'permissions',
      'webhook',
      'webhook',
      'webhook',
    ]);
    for (const one of findings) if (!one.ok) expect(one.remedy).toBeTruthy();
  });
});

describe('a link to us', () => {
  test('begins a mail whose code is read once', async () => {
    const url = new URL(email.deepLink!('lnk_A-1', SMTP).url);
    expect(url.pathname).toBe('support@acme.example');
    const subject = url.searchParams.get('subject');
    const events = (headers: string) =>
      email.later!.read(letter(`From: ${ana.value}\r\nMessage-ID: <l@c.example>\r\n${headers}\r\n\r\nHi`), SMTP);
    expect(await events(`Subject: ${subject}`)).toMatchObject([
      { type: 'referral', from: ana, detail: { source: 'deep_link', code: 'lnk_A-1' } },
      { type: 'message' },
    ]);
    expect(await events(`Subject: Re: ${subject}\r\nIn-Reply-To: <x@y.example>`)).toMatchObject([{ type: 'message' }]);
    expect(() => email.deepLink!('no code?', SMTP)).toThrow();
  });
});

describe('what nobody answered', () => {
  test('is asked of Mailgun by the id we gave it; that it knows nothing yet proves nothing', async () => {
    const [request] = email.render({ content: { type: 'text', text: 'x' } }, context(), MAILGUN);
    const attempt = { request: request!, partKey: context().partKey, at: new Date() };
    const io = scriptedIo('http://127.0.0.1:9', [
      { status: 200, body: { items: [{ event: 'accepted' }] } },
      { status: 200, body: { items: [] } },
    ]);
    expect(await email.lookup!(attempt, MAILGUN, io)).toMatchObject({
      externalIds: [`${context().partKey}@mg.acme.example`],
    });
    expect(await email.lookup!(attempt, MAILGUN, io)).toBe('unknown');
    expect(new URL(io.requests[0]!.url).searchParams.get('message-id')).toBe(`${context().partKey}@mg.acme.example`);
    const [mail] = email.render({ content: { type: 'text', text: 'x' } }, context(), SMTP);
    expect(await email.lookup!({ ...attempt, request: mail! }, SMTP, io)).toBe('unknown');
  });
});

describe('templates', () => {
  test('are Mailgun’s, at once and without anybody’s approval', async () => {
    const io = scriptedIo('http://127.0.0.1:9', [
      { status: 200, body: { items: [{ name: 'order_shipped', description: 'utility', id: 't1' }], paging: {} } },
      { status: 200, body: { message: 'template has been stored', template: { name: 'hello', id: 't2' } } },
      { status: 200, body: { message: 'template has been deleted' } },
    ]);
    const { list, create, remove } = email.templates!;
    expect(await list(MAILGUN, io)).toMatchObject([{ name: 'order_shipped', status: 'approved', category: 'utility' }]);
    const components = [{ type: 'html', text: '<p>Hello {{name}}</p>' }];
    expect(await create({ name: 'hello', language: 'en', components }, MAILGUN, io)).toMatchObject({
      id: 't2',
      name: 'hello',
    });
    await remove({ name: 'hello' }, MAILGUN, io);
    expect(io.requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      'GET /v3/mg.acme.example/templates',
      'POST /v3/mg.acme.example/templates',
      'DELETE /v3/mg.acme.example/templates/hello',
    ]);
    expect(Object.fromEntries(new URLSearchParams(String(io.requests[1]!.body)))).toMatchObject({
      name: 'hello',
      template: '<p>Hello {{name}}</p>',
    });
    await expect(create({ name: 'x', language: 'en', components: [] }, MAILGUN, io)).rejects.toMatchObject({
      code: 'content_refused',
    });
  });

  test('are kept by no mail server', async () => {
    await expect(email.templates!.list(SMTP, scriptedIo('http://127.0.0.1:9', []))).rejects.toMatchObject({
      code: 'rejected',
    });
  });
});

test('names of other documents are taken', () => {
  const given = { fromEmail: 'a@b.example', smtpUser: 'u', smtp_encryption: 'tls', imap_folder: 'Support' } as never;
  expect(email.defaults!(given, () => 'made')).toMatchObject({
    smtpUsername: 'u',
    smtpEncryption: 'tls',
    imapFolder: 'Support',
    unsubscribeSecret: 'made',
  });
});
