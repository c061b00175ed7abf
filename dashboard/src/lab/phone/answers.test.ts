import { describe, expect, it } from 'vitest';
import type { Button, Phone, PhoneMessage } from '../sim.ts';
import { answersOf, isPill, numbered, readableOn } from './answers.ts';
import { type Skin, skinOf } from './skins.ts';

const skin = (type: 'sms' | 'facebook' | 'line' | 'telegram'): Skin => skinOf(type)!;
const button = (kind: Button['kind'], style?: Button['style']): Button => ({
  id: kind,
  text: kind,
  kind,
  ...(style ? { style } : {}),
});
const message = (from: PhoneMessage['from'], more: Partial<PhoneMessage> = {}): PhoneMessage => ({
  id: `${from}-1`,
  from,
  at: '2026-11-24T10:00:00Z',
  kind: 'text',
  ...more,
});
const phone = (...messages: PhoneMessage[]): Phone => ({
  provider: 'facebook',
  account: '1',
  title: 'Shop',
  person: 'ana',
  messages,
  typing: false,
  blocked: false,
});

describe('a pill', () => {
  it('is what is said to be one, and on apps with quick replies every plain answer', () => {
    expect(isPill(button('postback', 'quick'), skin('telegram'))).toBe(true);
    expect(isPill(button('reply'), skin('telegram'))).toBe(false);
    expect(isPill(button('reply'), skin('facebook'))).toBe(true);
    expect(isPill(button('postback'), skin('facebook'))).toBe(false);
    expect(isPill(button('reply', 'inline'), skin('facebook'))).toBe(false);
    // LINE's templates have plain answers of their own.
    expect(isPill(button('reply'), skin('line'))).toBe(false);
    expect(isPill(button('reply', 'quick'), skin('line'))).toBe(true);
  });
});

describe('the answers over the input line', () => {
  const asking = message('business', { buttons: [[button('reply', 'quick'), button('postback', 'inline')]] });
  it('are those of the newest message, and gone once the person has spoken', () => {
    expect(answersOf(phone(asking), skin('facebook'))).toMatchObject([
      { messageId: 'business-1', button: { id: 'reply' } },
    ]);
    expect(answersOf(phone(asking, message('customer')), skin('facebook'))).toEqual([]);
    expect(answersOf(undefined, skin('facebook'))).toEqual([]);
  });
  it('are the numbers of a numbered text on SMS', () => {
    const text = 'Which colour?\n1) Red\n2) Blue\nReply with the number.';
    expect(
      answersOf(phone(message('business', { text })), skin('sms')).map(({ button: { id, text: t } }) => [id, t]),
    ).toEqual([
      ['1', '1 Red'],
      ['2', '2 Blue'],
    ]);
    expect(numbered({ text: '1. only one' })).toEqual([]);
    expect(numbered({})).toEqual([]);
  });
});

describe('words on a colour of the business', () => {
  it('are black on light and white on dark', () => {
    expect(readableOn('#ffffff')).toBe('#000000');
    expect(readableOn('#7360f2')).toBe('#000000');
    expect(readableOn('#2d1b69')).toBe('#ffffff');
    expect(readableOn('none')).toBe('#000000');
  });
});
