/** Sets what is at a dotted path, with objects on the way where there are none. */
export function setPath(target: unknown, path: string, value: unknown): void {
  const names = path.split('.')
  const last = names.pop() ?? ''
  let holder = target
  for (const name of names) {
    if (!isObject(holder)) return
    if (!isObject(holder[name])) holder[name] = {}
    holder = holder[name]
  }
  if (isObject(holder)) holder[last] = value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
