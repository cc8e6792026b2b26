/** What SyncProvider and useSync accept, and what they give: without type arguments. */

import { defineSyncRules } from '@iron-stack/sync'
import {
  createSyncEngine,
  SyncProvider,
  trpcKeys,
  useSync,
  type SyncProviderProps,
} from '@iron-stack/sync/client'
import * as engine from '@iron-stack/sync/engine'
import type { Socket } from 'socket.io-client'
import { expectTypeOf, test } from 'vitest'

interface Events {
  'message:new': { readonly id: string }
  'message:removed': { readonly id: string }
}
const rules = defineSyncRules<Events>({
  'message:new': { room: () => 'lobby', actions: [] },
  'message:removed': { room: () => 'lobby', actions: [] },
})

interface ServerToClient {
  'message:new': (message: { readonly id: string }) => void
}
interface ClientToServer {
  typing: (conversationId: string) => void
}
declare const socket: Socket
declare const typedSocket: Socket<ServerToClient, ClientToServer>

test('SyncProvider takes rules of any events', () => {
  const provider = (
    <SyncProvider rules={rules} socket={socket}>
      chat
    </SyncProvider>
  )
  expectTypeOf(provider).toEqualTypeOf<React.JSX.Element>()
})

test('SyncProvider takes no socket for an answer, and one with events of its own', () => {
  const none = <SyncProvider rules={rules} socket={null} />
  const typed = <SyncProvider rules={rules} socket={typedSocket} />
  expectTypeOf(typed).toEqualTypeOf(none)
})

test('SyncProvider takes the options of the engine', () => {
  const provider = (
    <SyncProvider
      rules={rules}
      socket={socket}
      viewer={{ id: 'ada' }}
      keys={trpcKeys}
      keyPrefix={undefined}
      debug
      onError={(error) => {
        expectTypeOf(error.code).toExtend<string>()
        expectTypeOf(error.cause).toEqualTypeOf<unknown>()
      }}
    />
  )
  expectTypeOf(provider).toEqualTypeOf<React.JSX.Element>()
})

test('SyncProvider refuses to do without rules or socket', () => {
  // @ts-expect-error - no rules
  const ruleless = <SyncProvider socket={socket} />
  // @ts-expect-error - no socket: say null while there is none
  const socketless = <SyncProvider rules={rules} />
  expectTypeOf(ruleless).toEqualTypeOf(socketless)
})

test('SyncProviderProps stands with and without the events', () => {
  const props: SyncProviderProps<Events> = { rules, socket, children: 'chat' }
  const bare: SyncProviderProps = { rules, socket }
  expectTypeOf(bare.socket).toEqualTypeOf<Socket | null>()
  expectTypeOf(<SyncProvider {...props} />).toEqualTypeOf(<SyncProvider {...bare} />)
})

test('useSync gives the connection and the socket', () => {
  const sync = useSync()
  expectTypeOf(sync.connected).toEqualTypeOf<boolean>()
  expectTypeOf(sync.socket).toEqualTypeOf<Socket | null>()
})

test('createSyncEngine is the engine’s', () => {
  expectTypeOf(createSyncEngine).toEqualTypeOf(engine.createSyncEngine)
})
