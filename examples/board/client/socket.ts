/** The one socket. It connects once somebody is signed in; the cookie says who. */
import { useEffect } from 'react'
import { io } from 'socket.io-client'

export const socket = io({ autoConnect: false, transports: ['websocket', 'polling'] })

/** Keeps the socket connected while mounted. A session that has ended leads to the sign-in page. */
export function useSocketConnection(): void {
  useEffect(() => {
    const reloadIfSignedOut = (error: Error) => {
      if (error.message === 'signed-out') location.reload()
    }
    socket.on('connect_error', reloadIfSignedOut)
    socket.connect()
    return () => {
      socket.off('connect_error', reloadIfSignedOut)
      socket.disconnect()
    }
  }, [])
}
