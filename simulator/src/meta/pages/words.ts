import { randomBytes } from 'node:crypto';
import type { Product } from './account.ts';

/** A message id in the form of the real ones. */
export function newMid(product: Product): string {
  return product === 'facebook'
    ? `m_${randomBytes(48).toString('base64url')}`
    : `aWdfZAG1faXRlbToxOklHTWVzc2FnZA${randomBytes(36).toString('base64url')}ZZD`;
}

/** The id of the page inbox as an app, where people of the business answer. */
export const INBOX_APP = 26390203743090;
