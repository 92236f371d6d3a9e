/** mailwitness help: oclif's own. */

import type {Command} from '@oclif/core/command'
import {commands} from '@oclif/plugin-help'

const Help: Command.Class = commands.help
export default Help
