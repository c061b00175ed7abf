import type { Level, TypeInfo } from '../channels/api.ts';

/** The rows, in the order people ask about them. */
export const ROWS: readonly { row: string; title: string }[] = [
  { row: 'text', title: 'Text messages' },
  { row: 'image', title: 'Images' },
  { row: 'document', title: 'Documents' },
  { row: 'audio', title: 'Audio' },
  { row: 'video', title: 'Video' },
  { row: 'buttons', title: 'Buttons' },
  { row: 'quickReplies', title: 'Quick replies' },
  { row: 'lists', title: 'Lists' },
  { row: 'cards', title: 'Cards' },
  { row: 'carousels', title: 'Carousels' },
  { row: 'location', title: 'Locations' },
  { row: 'contacts', title: 'Contacts' },
  { row: 'stickers', title: 'Stickers' },
  { row: 'templates', title: 'Templates' },
  { row: 'reactions', title: 'Reactions' },
  { row: 'replies', title: 'Replies' },
  { row: 'edits', title: 'Edits' },
  { row: 'removals', title: 'Removals' },
  { row: 'deliveryReceipts', title: 'Delivery receipts' },
  { row: 'readReceipts', title: 'Read receipts' },
  { row: 'typingIndicators', title: 'Typing indicators' },
];

export const MARKS: Record<Level, { sign: string; says: string }> = {
  full: { sign: '✓', says: 'as the channel’s own' },
  partial: { sign: '◐', says: 'with a restriction' },
  fallback: { sign: '↓', says: 'in another form, words kept' },
  dropped: { sign: '–', says: 'not at all' },
  rejected: { sign: '✕', says: 'refused with a reason' },
};

/** Every footnote once, numbered in the order of reading. */
export function notesOf(types: readonly Pick<TypeInfo, 'type' | 'title' | 'features'>[]) {
  const all = ROWS.flatMap(({ row, title: feature }) =>
    types.flatMap(({ type, title, features }) => {
      const says = features[row]?.note;
      return says ? [{ type, row, title, feature: feature.toLowerCase(), says }] : [];
    }),
  );
  return {
    all,
    numberOf(type: string, row: string): number | undefined {
      const at = all.findIndex((note) => note.type === type && note.row === row);
      return at < 0 ? undefined : at + 1;
    },
  };
}
