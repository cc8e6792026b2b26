/** What brings the server's stamps to the engine: a tRPC link, and two functions. No React, no tRPC. */

export { syncStampLink } from './stamp-link.ts'
export { attachStamp } from './attach-stamp.ts'
export { keepStamps } from './keep-stamps.ts'
export { STAMP_HEADER } from '../stamp-header.ts'
