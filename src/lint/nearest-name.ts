/** Which of the names there are was probably meant. */

/** The nearest of `names`; undefined where none is near. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  // One that was moved: into a router, or out of one.
  const moved = names.find((each) => each.endsWith(`.${name}`) || name.endsWith(`.${each}`))
  let nearest = moved
  let least = moved === undefined ? Math.max(2, Math.floor(name.length / 3)) + 1 : 2
  for (const each of names) {
    const distance = editDistance(name, each)
    if (distance < least) {
      nearest = each
      least = distance
    }
  }
  return nearest
}

/** How many letters must be put in, taken out or changed: Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  const letters = b.split('')
  let row = Array.from({ length: b.length + 1 }, (_, n) => n)
  for (const [n, letter] of a.split('').entries()) {
    let diagonal = n
    const next = [n + 1]
    for (const [m, other] of letters.entries()) {
      const above = row[m + 1] ?? 0
      next.push(Math.min(above + 1, (next[m] ?? 0) + 1, diagonal + (letter === other ? 0 : 1)))
      diagonal = above
    }
    row = next
  }
  return row[b.length] ?? 0
}
