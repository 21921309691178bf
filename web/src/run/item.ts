/** The element at `index`, which the caller knows to exist. */
export function item<T>(list: ArrayLike<T>, index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`no element ${index} in ${list.length}`);
  return found;
}
