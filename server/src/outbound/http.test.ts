import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SendError, UnknownOutcome } from '@tributary/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpClient, openHttp } from './http.ts';
import { isPrivateAddress } from './private_address.ts';

let http: HttpClient | undefined;
let server: Server | undefined;
afterEach(async () => {
  await http?.close();
  server?.closeAllConnections();
  server?.close();
});

async function serve(handler: Parameters<typeof createServer>[1]): Promise<string> {
  server = createServer(handler as never);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a private address', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '100.64.0.1',
    '192.168.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:a9fe:a9fe',
    '0:0:0:0:0:ffff:0a00:0001',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fd00::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '::ffff:0:127.0.0.1',
    '3fff::1',
    '5f00::1',
    'localhost',
    '',
  ])('is %s', (address) => expect(isPrivateAddress(address)).toBe(true));
  it.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8', '2a00:1450:4001::1'])('is not %s', (address) =>
    expect(isPrivateAddress(address)).toBe(false),
  );
});

describe('the way out', () => {
  it.each([
    'http://127.0.0.1:9/',
    'http://localhost:9/',
    'http://2130706433:9/',
    'http://0x7f.1:9/',
    'http://0177.0.0.1:9/',
    'http://[::1]:9/',
    'http://[::ffff:127.0.0.1]:9/',
    'http://[::ffff:7f00:1]:9/',
    'http://[0:0:0:0:0:ffff:127.0.0.1]:9/',
    'http://[::]:9/',
    'http://0:9/',
    'http://user@127.0.0.1:9/',
  ])('is closed towards %s', async (url) => {
    http = openHttp({ allowPrivateOrigins: [] });
    const refused = await http.request({ method: 'GET', url }).catch((error) => error);
    expect(refused).toBeInstanceOf(SendError);
    expect(refused.message).toMatch(/private|EPRIVATE/);
  });

  it('follows no redirect, wherever it leads', async () => {
    let asked = 0;
    const origin = await serve((_request, response) => {
      asked++;
      response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
    });
    http = openHttp({ allowPrivateOrigins: [origin] });
    expect(await http.request({ method: 'GET', url: origin })).toMatchObject({ status: 302 });
    expect(asked).toBe(1);
  });

  it('lets through the origin that was allowed, and no other port of it', async () => {
    const origin = await serve((_request, response) => response.end('ok'));
    http = openHttp({ allowPrivateOrigins: [`${origin}/`] });
    expect(await http.request({ method: 'GET', url: `${origin}/path` })).toMatchObject({ status: 200 });
    await expect(http.request({ method: 'GET', url: 'http://127.0.0.1:1/' })).rejects.toBeInstanceOf(SendError);
  });

  it('says that nothing was sent where nobody listens, and does not know where nobody answers', async () => {
    http = openHttp({ allowPrivateOrigins: ['*'] });
    await expect(http.request({ method: 'POST', url: 'http://127.0.0.1:1/', body: 'x' })).rejects.toBeInstanceOf(
      SendError,
    );
    const origin = await serve(() => {});
    const silence = http.request({ method: 'POST', url: origin, body: 'x', timeoutMs: 100 });
    await expect(silence).rejects.toBeInstanceOf(UnknownOutcome);
  });

  it('gives up on an answer that does not end', async () => {
    const origin = await serve((_request, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(1024 * 1024), () => setImmediate(more));
      };
      more();
    });
    http = openHttp({ allowPrivateOrigins: ['*'] });
    await expect(http.request({ method: 'GET', url: origin })).rejects.toThrow('8 MB');
  });

  it('knows that nothing was sent when its own request cannot be', async () => {
    http = openHttp({ allowPrivateOrigins: ['*'] });
    const odd = http.request({ method: 'GET', url: 'http://127.0.0.1:1/', headers: { 'x-token': 'two\r\nlines' } });
    await expect(odd).rejects.toBeInstanceOf(SendError);
  });
});
