import type { Button, Phone, PhoneMessage } from '../sim.ts';
import { safeUrl } from './runs.ts';
import type { Skin } from './skins.ts';

/** Something to answer with that belongs to the newest message. */
export interface Answer {
  messageId: string;
  button: Button;
}

/** Is this button drawn as a pill over the input line, by its own word or by the app's habit? */
export function isPill(button: Button, skin: Pick<Skin, 'pills' | 'provider'>): boolean {
  if (!skin.pills) return button.style === 'quick';
  if (button.style === undefined) return PILL_KINDS.has(button.kind) && skin.provider !== 'line';
  return button.style !== 'inline';
}
const PILL_KINDS = new Set<Button['kind']>(['reply', 'location_request', 'contact_request']);

/** What the newest message offers to answer with. Once the person has spoken, the offer is gone, as in the apps. */
export function answersOf(phone: Phone | undefined, skin: Skin): Answer[] {
  const newest = phone?.messages.findLast((message) => message.kind !== 'service');
  if (!phone || newest?.from !== 'business' || newest.deleted) return [];
  const pills = (newest.buttons ?? []).flat().filter((button) => isPill(button, skin));
  const given = pills.length > 0 ? pills : skin.pills ? (phone.keyboard?.buttons.flat() ?? []) : [];
  const buttons = given.length > 0 || !skin.numbered ? given : numbered(newest);
  return buttons.map((button) => ({ messageId: newest.id, button }));
}

/** The numbered lines of a text as answers: what one would type is the number. */
export function numbered(message: Pick<PhoneMessage, 'text'>): Button[] {
  const found = [...(message.text ?? '').matchAll(/^[ \t]*(\d{1,2})[.):][ \t]+(\S.*)$/gm)];
  if (found.length < 2) return [];
  return found.map(([, digit = '', words = '']) => ({ id: digit, text: `${digit} ${words.trim()}`, kind: 'reply' }));
}

/** Buttons with keys of their own, though two may send the same. */
export const keyed = (buttons: readonly Button[]): { key: string; button: Button }[] =>
  buttons.map((button, at) => ({ key: `${at}/${button.id}`, button }));

/** The page a button opens, if it opens one. It is a tap all the same: some providers tell the business. */
export const opens = (button: Button): string | undefined =>
  (button.kind === 'link' || button.kind === 'webview') && button.url ? safeUrl(button.url) : undefined;

/** Black or white, whichever reads better on a colour the business chose. */
export function readableOn(colour: string): '#000000' | '#ffffff' {
  const hex = /^#?([0-9a-f]{6})$/i.exec(colour)?.[1];
  if (!hex) return '#000000';
  const [r, g, b] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) ? '#000000' : '#ffffff';
}
