import type { PhoneMessage } from '../sim.ts';

type Entity = NonNullable<PhoneMessage['entities']>[number];
export type Mark = Exclude<Entity['type'], 'link'>;
/** A piece of text that looks the same throughout. */
export interface Run {
  text: string;
  marks: Mark[];
  url?: string;
}

/**
 * Cuts a text at every border of its entities, which count UTF-16 units as JavaScript strings do. Entities may overlap, nest, or reach beyond
 * the text; every character comes out once.
 */
export function runs(text: string, entities: readonly Entity[] = []): Run[] {
  const inside = entities
    .map((entity) => ({
      ...entity,
      from: Math.max(0, Math.min(text.length, entity.offset)),
      to: Math.max(0, Math.min(text.length, entity.offset + entity.length)),
    }))
    .filter((entity) => entity.to > entity.from);
  const borders = [...new Set([0, text.length, ...inside.flatMap(({ from, to }) => [from, to])])].sort((a, b) => a - b);

  const cut: Run[] = [];
  for (let i = 0; i + 1 < borders.length; i++) {
    const from = borders[i] as number;
    const to = borders[i + 1] as number;
    const over = inside.filter((entity) => entity.from <= from && entity.to >= to);
    const marks = [...new Set(over.map((entity) => entity.type))].filter((type): type is Mark => type !== 'link');
    const link = over.find((entity) => entity.type === 'link');
    cut.push({
      text: text.slice(from, to),
      marks,
      ...(link ? { url: safeUrl(link.url ?? text.slice(link.from, link.to)) } : {}),
    });
  }
  return cut;
}

/** A link that a browser may follow; anything but the web, mail and telephone is shown as words. */
export function safeUrl(url: string): string | undefined {
  const whole = /^[a-z][a-z0-9+.-]*:/i.test(url) ? url : url.includes('@') ? `mailto:${url}` : `https://${url}`;
  try {
    return ['http:', 'https:', 'mailto:', 'tel:'].includes(new URL(whole).protocol) ? whole : undefined;
  } catch {
    return undefined;
  }
}
