/**
 * One browser, several people: a view of its storage in which each sees only what they kept. The widget need not know that somebody else sat
 * here before.
 */
export function drawerOf(storage: Storage, owner: string): Storage {
  const prefix = `lab:${owner}:`;
  const names = () =>
    Object.keys(storage)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
  const drawer: Storage = {
    get length() {
      return names().length;
    },
    key: (index) => names()[index] ?? null,
    getItem: (name) => storage.getItem(prefix + name),
    setItem: (name, value) => storage.setItem(prefix + name, value),
    removeItem: (name) => storage.removeItem(prefix + name),
    clear: () => {
      for (const name of names()) storage.removeItem(prefix + name);
    },
  };
  // A storage's own keys are what it keeps: `Object.keys(localStorage)`.
  return new Proxy(drawer, {
    ownKeys: names,
    getOwnPropertyDescriptor: (_target, name) => {
      const value = typeof name === 'string' ? storage.getItem(prefix + name) : null;
      return value === null ? undefined : { value, enumerable: true, configurable: true, writable: true };
    },
  });
}
