/** Preloaded into an example whose port is written in its code: gives it PORT in place of 3000. */

import { Server } from 'node:net'

const { listen } = Server.prototype

Server.prototype.listen = function (port, ...others) {
  return listen.call(this, port === 3000 ? Number(process.env.PORT) : port, ...others)
}
