/** Whose a path is: homes, web roots and panels' folders, told by the path alone. */

/** Below a home or web root, deeper than the home itself. */
export function isSite(path: string): boolean {
  if (/^\/(?:var\/www|srv\/www|usr\/local\/www|home\d*\/[^/]+\/[^/]+|var\/customers|clients?\/)/.test(path)) return true
  return /\/(?:public_html|httpdocs|htdocs|www|web|domains|sites?)(?:\/|$)/.test(path)
}

/** The account that a home directory belongs to; null for other paths. */
export function accountOfPath(path: string): string | null {
  return /^\/(?:home\d*|var\/www\/clients\/client\d+)\/([^/]+)/.exec(path)?.[1] ?? null
}

/** Plesk keeps a subscription's files under its main domain, which is its name in the panel. */
export const siteOfPath = (path: string): string | null =>
  /^\/var\/www\/vhosts\/(?!system\/|default\/|chroot\/)([^/]+\.[^/]+)\//.exec(path)?.[1] ?? null

/** The page's folder and the calling file (perhaps a library below or beside it) lie in one account or site. */
export function relatedPaths(directory: string, script: string): boolean {
  if (script.startsWith(`${directory}/`)) return true
  const account = accountOfPath(directory)
  return account !== null
    ? account === accountOfPath(script)
    : directory.split('/').slice(0, 4).join('/') === script.split('/').slice(0, 4).join('/')
}

export function directoryOf(path: string): string | null {
  const slash = path.lastIndexOf('/')
  return slash > 0 ? path.slice(0, slash) : null
}

/** The entry script: PHP runs in the folder of the page that was asked for, and the page's URL names the file. */
export function entryScript(directory: string, url: string | null): string | null {
  const page = url === null ? null : (/\/([^/?#]+\.php\d?)(?:[/?#]|$)/i.exec(url)?.[1] ?? null)
  return page === null ? null : `${directory}/${page}`
}
