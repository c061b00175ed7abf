import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Db } from '../store/db.ts';
import { type Files, openFiles } from './files.ts';
import { folderStore } from './folder.ts';

export const MEDIA_KEY = Buffer.alloc(32, 7);

/** Files in a temporary folder, linked to at an address that is nobody's unless one is given. */
export function testFiles(db: Db, publicUrl = 'https://hooks.example.com'): Files & { drop(): Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-media-'));
  const files = openFiles({
    db,
    store: folderStore(folder),
    spoolFolder: join(folder, 'incoming'),
    key: MEDIA_KEY,
    publicUrl: () => publicUrl,
  });
  return { ...files, drop: () => rm(folder, { recursive: true, force: true }) };
}
