/** What a test's code prints, as the person at the console would read it. */

import { onTestFinished } from 'vitest'

/** Collects what `console[method]` is called with, instead of printing, until the test ends. */
export function captureConsole(method: 'log' | 'warn' | 'error'): unknown[] {
  const printed: unknown[] = []
  const original = console[method]
  console[method] = (first: unknown) => {
    printed.push(first)
  }
  onTestFinished(() => {
    console[method] = original
  })
  return printed
}
