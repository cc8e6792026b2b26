/** On a server, where there is no window: SyncProvider renders, and does nothing else. */

import { SyncProvider, useSync } from '@iron-stack/sync/client'
import { QueryClientProvider } from '@tanstack/react-query'
import { renderToString } from 'react-dom/server'
import type { Socket } from 'socket.io-client'
import { expect, test } from 'vitest'
import { captureConsole } from '../support/console.ts'
import { createClient } from '../support/engine.ts'
import { startSocketServer } from '../support/socket-io.ts'
import { onNewTodo, PREPEND } from '../support/todos.ts'

const rules = onNewTodo(PREPEND)

function Status() {
  return useSync().connected ? 'online' : 'offline'
}

function renderOnServer(socket: Socket | null) {
  const queryClient = createClient()
  const html = renderToString(
    <QueryClientProvider client={queryClient}>
      <SyncProvider rules={rules} socket={socket}>
        <Status />
      </SyncProvider>
    </QueryClientProvider>,
  )
  return { html, queryClient }
}

test('without a socket, its children are rendered, offline and without a warning', () => {
  const printed = [captureConsole('error'), captureConsole('warn')]
  expect(renderOnServer(null).html).toBe('offline')
  expect(printed).toEqual([[], []])
})

test('a socket is not listened to, and renders as it will before hydration', async () => {
  const { connect } = await startSocketServer()
  const socket = await connect()
  const { html, queryClient } = renderOnServer(socket)
  expect(html).toBe('offline')
  expect(socket.listeners('todo:new')).toEqual([])
  expect(socket.listeners('connect')).toEqual([])
  expect(queryClient.getQueryCache().hasListeners()).toBe(false)
})
