/**
 * The texts and numbers that stand in a function's own source: what its fields are compared with.
 * Without them no made-up post would ever have the status `'open'`.
 */

export interface Literals {
  readonly string: readonly string[]
  readonly number: readonly number[]
}

const MOST = 20

export function literalsIn(...functions: readonly unknown[]): Literals {
  const source = functions
    .map((each) => (typeof each === 'function' ? String(each) : ''))
    .join('\n')
  const strings = [...source.matchAll(/'([^'\\\n]{1,40})'|"([^"\\\n]{1,40})"/g)]
  const numbers = [...source.matchAll(/(?<![\w$.])\d{1,9}(?:\.\d{1,6})?(?![\w$])/g)]
  return {
    string: distinct(strings.map(([, single, double]) => single ?? double ?? '')),
    // A zero might stand for a version, which none is.
    number: distinct(numbers.map(([digits]) => Number(digits))).filter(
      (number) => number !== 0,
    ),
  }
}

function distinct<Item>(items: readonly Item[]): Item[] {
  return [...new Set(items)].slice(0, MOST)
}
