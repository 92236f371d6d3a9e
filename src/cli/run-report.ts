/** The report's way: alerts, totals and coverage of one span, in the asked form. */

import {renameSync, writeFileSync} from 'node:fs'
import {dailyAnswer} from '../question/daily.js'
import type {DailyAnswer} from '../question/daily-answer.js'
import {fillAlerts} from '../render/abuse.js'
import type {Colours} from '../render/colour.js'
import {renderProm} from '../render/prom.js'
import {renderReportHtml} from '../render/report-html.js'
import {fillDaily} from '../render/report-parts.js'
import {renderReportText} from '../render/report-text.js'
import type {Language} from '../render/wording/wording.js'
import type {SqliteStore} from '../store/finder.js'
import {cannotRead} from './failures.js'
import {fleetOf} from './fleet.js'
import {jsonLine} from './json-line.js'
import {type AbuseRequest, answerOf, findAlerts} from './run-abuse.js'

export interface ReportRequest extends Omit<AbuseRequest, 'mode' | 'budget'> {
  readonly zone: string
  readonly language: Language
}

export type ReportFormat = 'text' | 'html' | 'json' | 'prom'

/** `mailwitness.report/1` with its words. */
export function runReport(store: SqliteStore, path: string, request: ReportRequest): DailyAnswer {
  const {from, to, zone, servers, now, config, language} = request
  const asked: AbuseRequest = {...request, mode: 'active', budget: null}
  const findings = findAlerts(store, path, asked)
  const abuse = fillAlerts(answerOf(store, findings, asked), language)
  const answer = store.inOneState(() =>
    dailyAnswer(store, fleetOf(config, store), {from, to, zone, servers, now}, {answer: abuse, ranks: findings.ranks}),
  )
  return fillDaily(answer, language)
}

export interface FormOptions {
  readonly language: Language
  readonly version: string
  readonly title: string
  readonly colours?: Colours
}

/** The report as it is printed, without a line feed at the end. */
export function inForm(answer: DailyAnswer, format: ReportFormat, options: FormOptions): string {
  switch (format) {
    case 'text':
      return renderReportText(answer, options)
    case 'html':
      return renderReportHtml(answer, options).trimEnd()
    case 'json':
      return jsonLine(answer)
    case 'prom':
      return renderProm(answer).trimEnd()
    default: {
      const missed: never = format
      return missed
    }
  }
}

/** The title's day: `2026-11-20`, or both ends of a longer span, in the report's zone. */
export function titleOf(from: number, to: number, zone: string): string {
  const day = new Intl.DateTimeFormat('sv-SE', {timeZone: zone, dateStyle: 'short'})
  const first = day.format(from)
  const last = day.format(to - 1)
  return first === last ? first : `${first} - ${last}`
}

/** Writes beside and renames, so that nobody (a metrics collector, a web server) reads half a file. @throws Failure (66). */
export function writeWhole(path: string, text: string): void {
  const beside = `${path}.${process.pid}.new`
  try {
    writeFileSync(beside, `${text}\n`, {mode: 0o644})
    renameSync(beside, path)
  } catch (error) {
    throw cannotRead('output', path, error as NodeJS.ErrnoException)
  }
}
