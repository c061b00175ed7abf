import { describe, expect, it } from 'vitest';
import type { PhoneMessage } from '../sim.ts';
import { linesOf, stateOf } from './lines.ts';

const at = '2026-11-24T10:00:00Z';
const call = (more: Partial<PhoneMessage['call']>): PhoneMessage => ({
  id: 'CA1',
  from: 'customer',
  at,
  kind: 'call',
  call: { state: 'in_call', says: [], ...more },
});

describe('a telephone', () => {
  it('knows who rings', () => {
    expect(stateOf(undefined)).toBe('idle');
    expect(stateOf(call({ state: 'ringing' }))).toBe('calling');
    expect(stateOf({ ...call({ state: 'ringing' }), from: 'business' })).toBe('incoming');
    expect(stateOf(call({ state: 'ended' }))).toBe('ended');
  });
  it('tells a call line by line, in the order in which it was spoken', () => {
    const said = (message: PhoneMessage) => linesOf([message]).map(({ from, text }) => [from, text]);
    expect(said(call({ state: 'ended', says: ['Hello.', 'Press 1.'] }))).toEqual([
      [undefined, 'You called'],
      ['business', 'Hello.'],
      ['business', 'Press 1.'],
      [undefined, 'Call ended'],
    ]);
    expect(
      said(
        call({
          says: ['Hello.'],
          lines: [
            { from: 'business', text: 'Hello.' },
            { from: 'customer', text: '1' },
          ],
        }),
      ),
    ).toEqual([
      [undefined, 'You called'],
      ['business', 'Hello.'],
      ['customer', '1'],
    ]);
  });
  it('keeps recordings and words that are messages of their own', () => {
    const audio: PhoneMessage = { id: 'RE1', from: 'customer', at, kind: 'audio', mediaUrl: '/lab/sim/files/1' };
    expect(linesOf([audio])).toEqual([
      { key: 'RE1', from: 'customer', text: 'A recording', at, messageId: 'RE1', sound: '/lab/sim/files/1' },
    ]);
  });
});
