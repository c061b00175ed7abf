import { expect, test } from 'vitest';
import { allowsOrigin } from './origins.ts';

const host = 'chat.example.net';

test.each([
  ['http://localhost:5173', []],
  ['http://127.0.0.1:3000', []],
  ['http://[::1]:3000', []],
  ['https://chat.example.net', []],
  ['https://chat.example.net', ['https://shop.example.com']],
  ['https://shop.example.com', ['https://shop.example.com']],
  ['https://shop.example.com', ['https://shop.example.com/']],
  ['https://shop.example.com', ['SHOP.example.com']],
  ['http://shop.example.com:8080', ['shop.example.com']],
  ['https://shop.example.com:8443', ['shop.example.com:8443']],
  ['https://a.b.example.com', ['*.example.com']],
  ['https://a.example.com', ['https://*.example.com']],
  ['https://anything.example', ['*']],
  ['null', ['*']],
])('%s may speak where %j is allowed', (origin, allowed) => {
  expect(allowsOrigin(origin, host, allowed)).toBe(true);
});

test.each([
  ['https://shop.example.com', []],
  ['https://127.0.0.1.example.com', []],
  ['https://localhost.example.com', []],
  ['http://localhost:5173', ['https://shop.example.com']],
  ['http://shop.example.com', ['https://shop.example.com']],
  ['https://shop.example.com:8443', ['https://shop.example.com']],
  ['https://example.com', ['*.example.com']],
  ['https://evilexample.com', ['*.example.com']],
  ['https://shop.example.com.evil.com', ['shop.example.com']],
  ['https://evil.com', ['https://shop.example.com', '']],
  ['file:///etc/passwd', ['shop.example.com']],
  ['null', []],
  ['', ['shop.example.com']],
])('%s may not where %j is allowed', (origin, allowed) => {
  expect(allowsOrigin(origin, host, allowed)).toBe(false);
});
