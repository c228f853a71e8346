// Looking into parsed JSON of unknown shape. Pure.

/** A field of a field of … : `at(message, 'data', 0, 'price')`; undefined when any of it is missing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string | number, unknown>)[key];
  }
  return found;
}
