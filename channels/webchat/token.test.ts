import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkToken, signToken } from './token.ts';

const secret = 'a-secret-of-this-channel';
const noon = new Date('2026-11-20T12:00:00Z');
const visitor = 'v_0123456789abcdef';
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = { sub: visitor, iat: 1_795_176_000, exp: 1_797_768_000 };
const made = (header: unknown, payload: unknown, key = secret, hash = 'sha256'): string => {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
};

test('a token of ours says who its visitor is', () => {
  expect(checkToken(signToken(visitor, { name: 'Ana' }, secret, noon), secret, noon)).toMatchObject({
    sub: visitor,
    profile: { name: 'Ana' },
  });
  expect(checkToken(made({ alg: 'HS256', typ: 'JWT' }, claims), secret, noon)?.sub).toBe(visitor);
});

test.each([
  ['that is signed by nobody (alg none)', `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`],
  ['that says alg none over a good signature', made({ alg: 'none', typ: 'JWT' }, claims)],
  ['of another HMAC', made({ alg: 'HS512', typ: 'JWT' }, claims, secret, 'sha512')],
  ['that says RS256 over our HMAC', made({ alg: 'RS256', typ: 'JWT' }, claims)],
  ['that brings its own key', made({ alg: 'HS256', typ: 'JWT', jwk: { k: 'AAAA' } }, claims)],
  ['signed with another secret', made({ alg: 'HS256', typ: 'JWT' }, claims, 'another-secret')],
  ['without an expiry', made({ alg: 'HS256', typ: 'JWT' }, { sub: visitor, iat: 1 })],
  ['that expired a second ago', made({ alg: 'HS256', typ: 'JWT' }, { ...claims, exp: noon.getTime() / 1000 - 1 })],
  ['that expires now', made({ alg: 'HS256', typ: 'JWT' }, { ...claims, exp: noon.getTime() / 1000 })],
  ['whose expiry is no number', made({ alg: 'HS256', typ: 'JWT' }, { ...claims, exp: '9999999999' })],
  ['for nobody', made({ alg: 'HS256', typ: 'JWT' }, { ...claims, sub: undefined })],
  ['for a visitor with a colon', made({ alg: 'HS256', typ: 'JWT' }, { ...claims, sub: 'v_somebody:else' })],
  ['with a fourth part', `${made({ alg: 'HS256', typ: 'JWT' }, claims)}.x`],
  ['of 5000 letters', made({ alg: 'HS256', typ: 'JWT' }, { ...claims, more: 'x'.repeat(5000) })],
  ['that is empty', ''],
])('a token %s is refused', (_how, token) => {
  expect(checkToken(token, secret, noon)).toBeUndefined();
});

test('a token is refused where the channel has no secret', () => {
  expect(checkToken(made({ alg: 'HS256', typ: 'JWT' }, claims, ''), '', noon)).toBeUndefined();
});

test('another spelling of the same signature is refused', () => {
  const token = signToken(visitor, undefined, secret, noon);
  // The last of 43 letters carries two bits that mean nothing.
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = letters.indexOf(token.at(-1)!);
  expect(checkToken(token.slice(0, -1) + letters[last + 1], secret, noon)).toBeUndefined();
});
