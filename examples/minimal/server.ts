import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { SyncServer } from '@iron-stack/sync/server'
import { Server } from 'socket.io'
import { createServer as createVite } from 'vite'
import { rules, type Todo } from './rules.ts'

const todos: Todo[] = []
const vite = await createVite({ server: { middlewareMode: true } })
const http = createServer(async (request, response) => {
  if (request.url !== '/todos') return vite.middlewares(request, response)
  if (request.method === 'POST') {
    const todo = { id: crypto.randomUUID(), title: await text(request) }
    todos.push(todo)
    await sync.broadcast('todo:added', todo)
  }
  response.end(JSON.stringify(todos))
})
const io = new Server(http)
const sync = new SyncServer({ io, rules, getUserId: () => 'guest' }) // Your sign-in knows better.
io.on('connection', (socket) => sync.autoJoinRooms(socket, () => ['todos']))
http.listen(3000, () => console.log('Open http://localhost:3000 in two windows.'))
