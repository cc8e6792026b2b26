/**
 * What one client may ask for: so much at once, and so much a second from then on. A message costs
 * about what answering it does.
 */

export interface Budget {
  /** Takes the cost of a message out of the budget; false if there is not enough left. */
  readonly spend: (cost: number) => boolean
}

const BURST = 300
const PER_SECOND = 100

export function createBudget(now: () => number): Budget {
  let left = BURST
  let refilledAt = now()
  return {
    spend(cost) {
      const at = now()
      left = Math.min(BURST, left + ((at - refilledAt) / 1000) * PER_SECOND)
      refilledAt = at
      if (left < cost) return false
      left -= cost
      return true
    },
  }
}
