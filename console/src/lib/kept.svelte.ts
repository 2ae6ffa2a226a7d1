const held = new Map<string, object>();

/** Return what a form holds, the same for as long as the page is open: who looks elsewhere loses nothing that was typed. */
export function kept<T extends object>(name: string, begin: () => T): T {
  const found = held.get(name) as T | undefined;
  if (found !== undefined) return found;
  const fresh = $state(begin());
  held.set(name, fresh);
  return fresh;
}
