/** Tags with some added or taken away. */
export function changeTags(method: 'POST' | 'DELETE', tags: readonly string[], asked: readonly string[]): string[] {
  return method === 'POST' ? [...new Set([...tags, ...asked])] : tags.filter((one) => !asked.includes(one));
}
