/** This program as oclif's one plugin, made from the manifest: looking for plugins and their commands would cost every start more than a look-up does. */

import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Interfaces} from '@oclif/core'
import type {Command} from '@oclif/core/command'

/** What loads each command, by its ID (`abuse:ack`). */
export type CommandLoaders = Readonly<Record<string, () => Promise<{readonly default: Command.Class}>>>

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

/**
 * The plugin of the package in `root`; help and usage come from its oclif.manifest.json, so that a command is loaded only to be run.
 * @throws the file system's error where the manifest is missing: the package was not built.
 */
export function ownPlugin(root: string, loaders: CommandLoaders): Interfaces.Plugin {
  const pjson = readJson(join(root, 'package.json')) as Interfaces.PJSON
  const manifest = readJson(join(root, 'oclif.manifest.json')) as Interfaces.Manifest
  const load = async (id: string): Promise<Command.Class> => {
    const loader = loaders[id]
    if (!loader) throw new Error(`the manifest names the command ${id}, which this program does not have`)
    const {default: command} = await loader()
    command.id = id
    command.plugin = plugin
    return command
  }
  const plugin: Interfaces.Plugin = {
    _base: pjson.name,
    alias: pjson.name,
    name: pjson.name,
    version: pjson.version,
    pjson,
    root,
    type: 'core',
    moduleType: 'module',
    isRoot: true,
    valid: true,
    hasManifest: true,
    hooks: {},
    topics: [],
    options: {root},
    commandsDir: undefined,
    commandIDs: Object.keys(manifest.commands),
    commands: Object.entries(manifest.commands).map(([id, command]) => ({...command, load: () => load(id)})),
    findCommand: load,
    load: async () => undefined,
  }
  return plugin
}
