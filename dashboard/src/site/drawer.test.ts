import { expect, test } from 'vitest';
import { drawerOf } from './drawer.ts';

/** Keeps its entries as properties, the way a browser's storage shows them. */
class Shelf {
  [name: string]: unknown;
  getItem(name: string): string | null {
    return Object.hasOwn(this, name) ? String(this[name]) : null;
  }
  setItem(name: string, value: string): void {
    this[name] = value;
  }
  removeItem(name: string): void {
    delete this[name];
  }
}
const shelf = () => new Shelf() as unknown as Storage;

test('two people keep the same name apart', () => {
  const storage = shelf();
  const ana = drawerOf(storage, 'ana');
  const kofi = drawerOf(storage, 'kofi');
  ana.setItem('token', 'a');
  kofi.setItem('token', 'k');
  expect([ana.getItem('token'), kofi.getItem('token')]).toEqual(['a', 'k']);
  ana.removeItem('token');
  expect([ana.getItem('token'), kofi.getItem('token')]).toEqual([null, 'k']);
});

test('a drawer lists its own names only', () => {
  const storage = shelf();
  storage.setItem('tributary.theme', 'dark');
  const ana = drawerOf(storage, 'ana');
  ana.setItem('one', '1');
  ana.setItem('two', '2');
  expect(Object.keys(ana)).toEqual(['one', 'two']);
  expect(ana.length).toBe(2);
  expect(ana.key(1)).toBe('two');
  ana.clear();
  expect(Object.keys(storage)).toEqual(['tributary.theme']);
});
