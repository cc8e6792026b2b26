/**
 * What kind of adapter a namespace has. Its package is not ours to import, and bundlers rename its
 * classes: what a class defines of its own tells.
 */

/** What an adapter for several nodes must do in its own way. */
const ACROSS_NODES = [
  'addSockets',
  'delSockets',
  'fetchSockets',
  'serverSideEmit',
  'serverCount',
]

/** Whether all sockets of the namespace are on this node. */
export function isSingleNode(adapter: object): boolean {
  const extending = layersOf(adapter).slice(0, -1)
  return !extending.some(
    (layer) =>
      ACROSS_NODES.some((method) => Object.hasOwn(layer, method)) ||
      (Object.hasOwn(layer, 'broadcast') && !isRecovering(layer)),
  )
}

/** The layer below the one that remembers packets in memory; undefined if there is no such. */
export function belowRecovery(adapter: object): object | undefined {
  const layers = layersOf(adapter)
  const place = layers.findIndex(isRecovering)
  return place < 0 ? undefined : layers[place + 1]
}

/** Socket.IO's session-aware adapter: the one in memory that keeps what it broadcasts. */
function isRecovering(layer: object): boolean {
  return (
    ['broadcast', 'restoreSession'].every((method) => Object.hasOwn(layer, method)) &&
    !ACROSS_NODES.some((method) => Object.hasOwn(layer, method))
  )
}

/** The prototypes of an adapter, down to Socket.IO's base, the last one that can broadcast. */
function layersOf(adapter: object): object[] {
  const layers: object[] = []
  for (
    let layer: unknown = Object.getPrototypeOf(adapter);
    typeof layer === 'object' && layer !== null && 'broadcast' in layer;
    layer = Object.getPrototypeOf(layer)
  ) {
    layers.push(layer)
  }
  return layers
}
