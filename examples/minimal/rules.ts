import { defineSyncRules } from '@iron-stack/sync'

export type Todo = { id: string; title: string }
const add = (old: Todo[], todo: Todo) => [...old.filter(({ id }) => id !== todo.id), todo]

export const rules = defineSyncRules<{ 'todo:added': Todo }>({
  'todo:added': {
    room: () => 'todos',
    actions: [{ queryKey: ['todos'], action: 'direct', updater: add }],
  },
})
