/** Links between messages, each told once. */

import type {Link} from '../mail/message.js'

/** Adds a link unless the same one stands there. */
export function addLink(links: Link[], link: Link): void {
  if (
    !links.some(
      (l) =>
        l.kind === link.kind &&
        l.direction === link.direction &&
        l.queueId === link.queueId &&
        l.server === link.server,
    )
  )
    links.push(link)
}
