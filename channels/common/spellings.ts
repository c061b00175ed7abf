/** Values of a config that other programs call by other names: ours first, then theirs, the first that says something. */
export function readSpellings(
  given: Record<string, unknown>,
  spellings: Readonly<Record<string, readonly string[]>>,
): Record<string, string> {
  const found = Object.entries(spellings).flatMap(([name, others]) => {
    const values = [name, ...others].map((one) => given[one]);
    const value = values.find((one): one is string => typeof one === 'string' && one !== '');
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}
