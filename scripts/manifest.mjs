// Writes the oclif manifest of the compiled commands: it spares every start the loading of all of them.

import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Plugin} from '@oclif/core'

/** Says how many commands there are. */
export async function writeManifest(root) {
  const plugin = new Plugin({root, type: 'core', isRoot: true, ignoreManifest: true, errorOnManifestCreate: true})
  await plugin.load()
  writeFileSync(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest)}\n`)
  return Object.keys(plugin.manifest.commands).length
}
