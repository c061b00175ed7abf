import { describe, expect, it } from 'vitest';
import type { PhoneMessage } from '../sim.ts';
import { bareSubject, snippet, threadsOf } from './threads.ts';

const mail = (id: string, at: number, more: Partial<PhoneMessage> = {}): PhoneMessage => ({
  id,
  from: 'customer',
  at: `2026-11-24T10:0${at}:00Z`,
  kind: 'mail',
  ...more,
});

describe('a mailbox', () => {
  it('joins mails by the provider’s thread, by answer, and by subject; the newest thread first', () => {
    const threads = threadsOf([
      mail('1', 0, { subject: 'Order', thread: 't' }),
      mail('2', 1, { subject: 'Beans' }),
      mail('3', 2, { subject: 'Something else', replyTo: '2', from: 'business' }),
      mail('4', 3, { subject: 'Re: Order', thread: 't', from: 'business', status: 'read' }),
      mail('5', 4, { subject: 'RE: Fwd: beans', replyTo: 'gone' }),
      mail('6', 0, { subject: 'Re: Beans' }),
    ]);
    expect(threads.map(({ subject, mails }) => [subject, ...mails.map(({ id }) => id)])).toEqual([
      ['beans', '5'],
      ['Order', '1', '4'],
      ['Beans', '2', '3', '6'],
    ]);
    expect(threads.map(({ unread }) => unread)).toEqual([false, false, true]);
  });
  it('knows a subject without its prefixes, and a mail in one line', () => {
    expect(bareSubject('Re: AW[2]: Fwd: Your order')).toBe('Your order');
    expect(bareSubject(undefined)).toBe('(no subject)');
    expect(snippet({ html: '<style>p{color:red}</style><p>Hello <b>Ana</b></p>' })).toBe('Hello Ana');
  });
});
