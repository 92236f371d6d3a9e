/** mailwitness coverage: which time of which server is covered, and where the gaps are. */

import {BaseCommand} from '../cli/base-command.js'
import {serverFlag} from '../cli/flags.js'
import {storeForReading} from '../cli/stores.js'
import {coverageAnswer} from '../question/coverage.js'
import {renderCoverage} from '../render/coverage.js'

export default class Coverage extends BaseCommand {
  static override summary = 'Show which time of which server is covered by logs, and where the gaps are.'
  static override examples = [
    '<%= config.bin %> coverage',
    '<%= config.bin %> coverage --server web1.example.net --json',
  ]
  static override flags = {...serverFlag}

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Coverage)
    const {db} = await this.settings(flags)
    const store = await storeForReading(db)
    try {
      const answer = coverageAnswer(store, flags.server ?? [])
      this.log(renderCoverage(answer, this.colours))
      return answer
    } finally {
      store.close()
    }
  }
}
