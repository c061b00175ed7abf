import type { Capabilities, FileFeature } from '../capability.ts';
import type { Action, Content, Media } from '../content.ts';
import { slotOfReplies } from '../fit/label.ts';
import { measure } from '../fit/measure.ts';
import { countOfLabels } from '../fit/page.ts';
import type { MessagePart } from '../fit.ts';
import { visible } from './words.ts';

/** What a part asks of a channel beyond its capabilities, in words; empty for whatever fit() made. Written apart from fit() on purpose. */
export function overreach(part: MessagePart, can: Capabilities): string[] {
  const faults: string[] = [];
  const { content } = part;
  const native = (level: string | undefined): boolean => level === 'full' || level === 'partial';
  const need = (feature: { out?: string } | undefined, name: string): void => {
    if (!native(feature?.out)) faults.push(`${name} is not among what the channel shows`);
  };
  const atMost = (text: string | undefined, max: number | null | undefined, name: string): void => {
    if (text !== undefined && max !== null && max !== undefined && measure(text, can.text.countAs) > max)
      faults.push(`${name} is longer than ${max}`);
  };
  /** Labels and the words of cards are counted in a way of their own with some channels. */
  const labelAtMost = (text: string | undefined, max: number | null | undefined, name: string): void => {
    if (text !== undefined && max !== null && max !== undefined && measure(text, countOfLabels(can)) > max)
      faults.push(`${name} is longer than ${max}`);
  };
  const counted = (text: string): string => (part.markup === 'telegram-html' ? visible(text, 'html') : text);
  if (part.markup && part.markup !== can.text.markup) faults.push(`markup ${part.markup}`);

  const file = (media: Media, kind: 'image' | 'video' | 'audio' | 'document' | 'sticker'): void => {
    const feature: FileFeature = can[kind];
    need(feature, kind);
    const type = media.mimeType?.split(';')[0];
    const taken = feature.mimeTypes?.map((mime) => mime.split(';')[0]);
    if (type && taken && !taken.includes(type) && !taken.includes('*/*')) faults.push(`${kind} of type ${type}`);
    const max = media.mediaId || media.ref ? feature.maxBytes : (feature.urlMaxBytes ?? feature.maxBytes);
    if (max && media.size && media.size > max) faults.push(`${kind} too large`);
  };

  const actions = (all: readonly Action[] = [], body: string): void => {
    if (all.length === 0) return;
    const slot = slotOfReplies(can);
    const quick = all.filter(
      (one) =>
        (one.type === 'reply' && slot === 'quick') ||
        (!can.buttons.kinds.includes(one.type) && can.quickReplies.special?.includes(one.type)),
    );
    const standing = all.filter((one) => !quick.includes(one));
    if (quick.length > 0) need(can.quickReplies, 'quick reply');
    if (quick.length > can.quickReplies.max) faults.push('too many quick replies');
    if (standing.length > 0) need(can.buttons, 'button');
    if (standing.length > can.buttons.max) faults.push('too many buttons');
    for (const one of standing) if (!can.buttons.kinds.includes(one.type)) faults.push(`a ${one.type} button`);
    if (!can.buttons.mixKinds && new Set(standing.map((one) => one.type)).size > 1) faults.push('mixed kinds');
    if (standing.filter((one) => one.type === 'link').length > (can.buttons.linkMax ?? can.buttons.max))
      faults.push('too many links');
    for (const one of quick) labelAtMost(one.text, can.quickReplies.titleMax, 'quick reply’s title');
    for (const one of standing) labelAtMost(one.text, can.buttons.titleMax, 'button’s title');
    if (can.buttons.uniqueTitles && new Set(all.map((one) => one.text)).size < all.length) faults.push('titles repeat');
    for (const one of all) {
      const max = quick.includes(one) ? can.quickReplies.payloadMax : can.buttons.payloadMax;
      const payload = 'payload' in one ? one.payload : undefined;
      if (payload !== undefined && max !== null && measure(payload, can.buttons.payloadUnit ?? 'utf16') > max)
        faults.push('payload too long');
    }
    if (standing.length > 0) atMost(body, can.buttons.bodyMax, 'body above buttons');
    if (body.trim() === '' && content.type === 'text') faults.push('buttons without words');
  };

  check(content);
  return faults;

  function check(one: Content): void {
    switch (one.type) {
      case 'text':
        atMost(counted(one.text), can.text.max, 'text');
        actions(one.actions, counted(one.text));
        if (one.attachments && !(can.attachments && one.attachments.length <= can.attachments.max))
          faults.push('attachments');
        for (const { type, media } of one.attachments ?? []) file(media, type);
        break;
      case 'image':
      case 'video':
      case 'audio':
      case 'document':
        file(one.media, one.type);
        if (one.text !== undefined) {
          if (!can.caption?.on.includes(one.type)) faults.push(`words beside ${one.type}`);
          atMost(counted(one.text), can.caption?.max, 'caption');
        }
        if (
          one.actions?.some((action) => action.type !== 'reply' || slotOfReplies(can) === 'button') &&
          !can.buttons.headerKinds?.includes(one.type)
        )
          faults.push(`buttons under ${one.type}`);
        actions(one.actions, counted(one.text ?? ''));
        if (one.attachments && !(can.attachments && one.attachments.length < can.attachments.max))
          faults.push('attachments');
        for (const { type, media } of one.attachments ?? []) file(media, type);
        break;
      case 'sticker':
        file(one.media, 'sticker');
        break;
      case 'location':
        need(can.location, 'location');
        if (one.text || one.actions?.length) faults.push('words with a location');
        break;
      case 'contact':
        need(can.contact, 'contact');
        if (one.contacts.length > (can.contact.max ?? Number.POSITIVE_INFINITY)) faults.push('too many contacts');
        break;
      case 'card':
        if (can.card.out !== 'full') faults.push('card');
        labelAtMost(one.title, can.card.titleMax, 'card’s title');
        labelAtMost(one.text, can.card.textMax, 'card’s text');
        if ((one.actions?.length ?? 0) > (can.card.buttonsMax ?? can.buttons.max))
          faults.push('too many buttons on a card');
        break;
      case 'carousel': {
        need(can.carousel, 'carousel');
        const {
          cardsMin = 1,
          cardsMax = Number.POSITIVE_INFINITY,
          buttonsPerCardMax,
          cardTextMax,
          cardTitleMax,
          mediaRequired,
        } = can.carousel;
        if (one.cards.length < cardsMin || one.cards.length > cardsMax) faults.push('number of cards');
        for (const card of one.cards) {
          labelAtMost(card.text, cardTextMax, 'card’s text');
          if (cardTitleMax) labelAtMost(card.title, cardTitleMax, 'card’s title');
          if ((card.actions?.length ?? 0) > (buttonsPerCardMax ?? can.buttons.max))
            faults.push('too many buttons on a card');
          for (const action of card.actions ?? []) {
            if (!(can.carousel.kinds ?? can.buttons.kinds).includes(action.type) && action.type !== 'reply')
              faults.push(`a ${action.type} button on a card`);
            labelAtMost(action.text, can.buttons.titleMax, 'title on a card');
          }
          if (mediaRequired && !card.media) faults.push('card without a picture');
        }
        if (one.actions?.length || one.attachments?.length) faults.push('actions under a carousel');
        atMost(one.text, can.carousel.bodyMax ?? 0, 'words above a carousel');
        break;
      }
      case 'list': {
        need(can.list, 'list');
        const { list } = can;
        atMost(one.text, list.bodyMax, 'list’s body');
        atMost(one.header, list.headerMax, 'header');
        atMost(one.footer, list.footerMax, 'footer');
        atMost(one.button, list.buttonLabelMax, 'list’s button');
        if (one.sections.length > (list.sectionsMax ?? Number.POSITIVE_INFINITY)) faults.push('too many sections');
        const rows = one.sections.flatMap((section) => section.rows);
        if (rows.length > (list.rowsMax ?? Number.POSITIVE_INFINITY)) faults.push('too many rows');
        for (const section of one.sections) atMost(section.title, list.sectionTitleMax, 'section’s title');
        for (const row of rows) {
          atMost(row.title, list.rowTitleMax, 'row’s title');
          atMost(row.description, list.rowDescriptionMax, 'row’s description');
          if (measure(row.payload, 'utf16') > (list.rowPayloadMax ?? Number.POSITIVE_INFINITY))
            faults.push('row’s payload');
        }
        break;
      }
      case 'template':
        need(can.template, 'template');
        break;
      case 'reaction':
        need(can.reaction, 'reaction');
        break;
      case 'email':
        need(can.email, 'email');
        break;
      case 'event':
      case 'unsupported':
        faults.push(one.type);
    }
  }
}
