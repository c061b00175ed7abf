import { createHmac, timingSafeEqual } from 'node:crypto';
import type { VisitorProfile } from '@tributary/protocol';

/** Who a visitor's token speaks for. Seconds since 1970, as in every JWT. */
export interface VisitorClaims {
  sub: string;
  iat: number;
  exp: number;
  profile?: VisitorProfile;
}

/** How long a visitor may stay away before being somebody new. */
export const TOKEN_DAYS = 30;

const VISITOR = /^[\w-]{8,64}$/;

/** Does it look like a visitor's id? */
export const isVisitor = (text: string): boolean => VISITOR.test(text);

// One header and no other: what the token itself says about its algorithm is never followed.
const HEADER = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');
const FORM = /^([\w-]+)\.([\w-]+)\.([\w-]{43})$/;
const LONGEST = 4096;

/** A compact JWT, HS256, good for 30 days. */
export function signToken(visitor: string, profile: VisitorProfile | undefined, secret: string, at: Date): string {
  const iat = Math.floor(at.getTime() / 1000);
  const claims: VisitorClaims = { sub: visitor, iat, exp: iat + TOKEN_DAYS * 86_400, ...(profile && { profile }) };
  const signed = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${signed}.${signature(signed, secret)}`;
}

/** The claims of a token that we signed with this secret and that has not expired. */
export function checkToken(token: string, secret: string, at: Date): VisitorClaims | undefined {
  if (token.length > LONGEST) return undefined;
  const [, header, payload, given] = FORM.exec(token) ?? [];
  if (header !== HEADER || !payload || !given || !secret) return undefined;
  // Both are 43 letters of base64url, which FORM has made sure of.
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(signature(`${header}.${payload}`, secret)))) return undefined;
  const claims = readClaims(token);
  return claims && claims.exp * 1000 > at.getTime() ? claims : undefined;
}

/** What a token says, unchecked: for requests that `verify` has let in, which may be parsed again long after the token has expired. */
export function readClaims(token: string): VisitorClaims | undefined {
  const payload = FORM.exec(token)?.[2];
  if (!payload) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Partial<VisitorClaims> | null;
    if (typeof claims?.sub !== 'string' || !isVisitor(claims.sub)) return undefined;
    if (!Number.isFinite(claims.exp) || !Number.isFinite(claims.iat)) return undefined;
    return claims as VisitorClaims;
  } catch {
    return undefined;
  }
}

function signature(signed: string, secret: string): string {
  return createHmac('sha256', secret).update(signed).digest('base64url');
}
