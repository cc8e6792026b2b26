/** Asks for more shortly before it comes into sight. Give it a new key after each time. */
import { useEffect, useRef } from 'react'

const LOAD_AHEAD = '0px 0px 600px'

export function Sentinel({ onReach }: { onReach: () => void }) {
  const element = useRef<HTMLDivElement>(null)
  const latest = useRef(onReach)
  useEffect(() => {
    latest.current = onReach
  })
  useEffect(() => {
    if (!element.current) return undefined
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && latest.current(),
      { root: element.current.closest('.posts'), rootMargin: LOAD_AHEAD },
    )
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [])
  return (
    <div ref={element} className="notice" role="status">
      Loading more…
    </div>
  )
}
