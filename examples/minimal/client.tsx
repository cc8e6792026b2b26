import { SyncProvider } from '@iron-stack/sync/client'
import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query'
import { createRoot } from 'react-dom/client'
import { io } from 'socket.io-client'
import { rules, type Todo } from './rules.ts'

const socket = io()
const list = (): Promise<Todo[]> => fetch('/todos').then((response) => response.json())
const add = (form: FormData) => fetch('/todos', { method: 'POST', body: form.get('title') })

function Todos() {
  const { data } = useQuery({ queryKey: ['todos'], queryFn: list })
  return data?.map(({ id, title }) => <p key={id}>{title}</p>)
}

createRoot(document.body).render(
  <QueryClientProvider client={new QueryClient()}>
    <SyncProvider rules={rules} socket={socket}>
      <Todos />
      <form action={(form) => void add(form)}>
        <input name="title" placeholder="A todo, and Enter" required />
      </form>
    </SyncProvider>
  </QueryClientProvider>,
)
