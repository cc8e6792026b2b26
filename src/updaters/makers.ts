/**
 * The functions that make updaters: `updater: updateItem` means one that was not called.
 *
 * They are remembered where they are defined. So rules are checked without the updaters in the bundle
 * of those who use none.
 */

const names = new Map<unknown, string>()

export function rememberMakers(makers: Readonly<Record<string, unknown>>): void {
  for (const [name, maker] of Object.entries(makers)) names.set(maker, name)
}

/** The name of what makes updaters; undefined for anything else. */
export function makerName(updater: unknown): string | undefined {
  return names.get(updater)
}
