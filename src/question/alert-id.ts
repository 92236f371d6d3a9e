/** The name of an alert. */

import {hash53} from '../mail/hash.js'
import type {AbuseSubject} from '../mail/send-fact.js'

/** A short name for an incident: the same whenever and wherever it is worked out. */
export const alertId = (subject: AbuseSubject, firstAlertAt: number): string =>
  hash53(`${subject.server}\n${subject.kind}\n${subject.name}\n${firstAlertAt}`)
    .toString(36)
    .padStart(11, '0')
    .slice(-8)
