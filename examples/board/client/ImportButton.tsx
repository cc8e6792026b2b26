/** 5,000 posts at once: one append to the log. */
import { useMutation } from '@tanstack/react-query'
import { formatCount } from './format.ts'
import { ImportIcon } from './icons.tsx'
import { trpc } from './trpc.ts'

export function ImportButton({ orgId, boardId }: { orgId: string; boardId: number }) {
  const bring = useMutation(trpc.board.import.mutationOptions())
  return (
    <>
      <span role="status" className="import-status" data-failed={bring.isError}>
        {bring.isSuccess && `${formatCount(bring.data)} imported`}
        {bring.isError && 'That did not work.'}
      </span>
      <button
        type="button"
        className="outlined-button with-icon"
        disabled={bring.isPending}
        onClick={() => bring.mutate({ orgId, boardId })}
      >
        <ImportIcon />
        {bring.isPending ? 'Importing…' : 'Import 5,000 posts'}
      </button>
    </>
  )
}
