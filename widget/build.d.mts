/** The promise of the README: what a page has to load, compressed. */
export const MOST_BYTES_GZIPPED: number;

/** Bundles the widget into `widget.js` of a folder. Answers its size, plain and gzipped; throws when it has grown past its promise. */
export function buildWidget(folder?: string): Promise<{ bytes: number; gzipped: number }>;
