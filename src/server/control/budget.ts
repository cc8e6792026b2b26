/**
 * What one client may ask for: so much at once, and so much a second from then on. A message costs
 * about what answering it does.
 */

export interface Budget {
  /** What is left of it. */
  budget: number
  /** When it had that much, in milliseconds. */
  budgetAt: number
}

/** What there is in the beginning, and at most. */
export const BURST = 300
const PER_SECOND = 100

/** Takes the cost of a message out of the budget; false if there is not enough left. */
export function spend(from: Budget, cost: number, now: number): boolean {
  from.budget = Math.min(BURST, from.budget + ((now - from.budgetAt) / 1000) * PER_SECOND)
  from.budgetAt = now
  if (from.budget < cost) return false
  from.budget -= cost
  return true
}
