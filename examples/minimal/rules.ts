import { defineSyncRules, upsertItem } from '@iron-stack/sync'

export type Todo = { id: string; title: string }

export const rules = defineSyncRules<{ 'todo:added': Todo }>({
  'todo:added': {
    room: 'todos',
    actions: [
      { queryKey: ['todos'], action: 'direct', updater: upsertItem({ insert: 'last' }) },
    ],
  },
})
