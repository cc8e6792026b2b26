/**
 * People being let in: a resolver or an `authorize` is asked, and answers later. Who is thrown out
 * of a room meanwhile does not get in by an answer that is older.
 */

export interface Admissions {
  /** Begins to let a user in. */
  readonly begin: (userId: string) => Admission
  /** No admission of this user that is under way opens this room. */
  readonly refuse: (userId: string, room: string) => void
}

export interface Admission {
  readonly allows: (room: string) => boolean
  readonly end: () => void
}

export function createAdmissions(): Admissions {
  const running = new Map<string, Set<Set<string>>>()
  return {
    begin(userId) {
      const refused = new Set<string>()
      const others = running.get(userId) ?? new Set()
      running.set(userId, others.add(refused))
      return {
        allows: (room) => !refused.has(room),
        end() {
          others.delete(refused)
          if (others.size === 0 && running.get(userId) === others) running.delete(userId)
        },
      }
    },

    refuse(userId, room) {
      for (const refused of running.get(userId) ?? []) refused.add(room)
    },
  }
}
