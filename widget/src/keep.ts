/** A small memory that outlives the page where the browser lets it. */
export interface Keep {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  remove(key: string): void;
  keys(): string[];
}

/** For pages whose browser keeps nothing, and for tests. */
export function memoryKeep(entries = new Map<string, string>()): Keep {
  return {
    get: (key) => entries.get(key),
    set: (key, value) => void entries.set(key, value),
    remove: (key) => void entries.delete(key),
    keys: () => [...entries.keys()],
  };
}

/** The browser's local storage, or memory where reading or writing it fails: private windows, blocked cookies, a full disk. */
export function browserKeep(): Keep {
  const memory = memoryKeep();
  let storage: Storage;
  try {
    storage = localStorage;
    storage.setItem('tributary', '1');
    storage.removeItem('tributary');
  } catch {
    return memory;
  }
  return {
    get: (key) => storage.getItem(key) ?? memory.get(key),
    set(key, value) {
      try {
        storage.setItem(key, value);
      } catch {
        memory.set(key, value);
      }
    },
    remove(key) {
      storage.removeItem(key);
      memory.remove(key);
    },
    keys: () => [...Object.keys(storage), ...memory.keys()],
  };
}
