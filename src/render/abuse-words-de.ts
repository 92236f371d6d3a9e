/** German: every sentence of alerts and their commands. */

import type {AbuseWords} from './abuse-wording.js'

const COUNTED: Readonly<Record<string, string>> = {recipients: 'Empfängern', messages: 'Nachrichten'}
const PER: Readonly<Record<string, string>> = {
  script: 'Skript',
  directory: 'Verzeichnis',
  account: 'Konto',
  login: 'Login',
  client: 'Client-Adresse',
  domain: 'Absender-Domain',
}

export const germanAbuse: AbuseWords = {
  units: {minute: 'Minute', minutes: 'Minuten', hour: 'Stunde', hours: 'Stunden'},
  kinds: {script: 'Skript', account: 'Konto', login: 'Login', domain: 'Absender-Domain', forwarder: 'Weiterleitung'},
  reasons: {
    volume: (f) =>
      f.count('days') > 0
        ? `${f.count('strangers')} Empfänger innerhalb von ${f.span('window')}, denen es noch nie geschrieben hatte; an einem üblichen Tag sind es ${f.about('expected')}, am stärksten bisher ${f.about('record')} (${f.count('days')} Tage bekannt)`
        : `${f.count('strangers')} Empfänger innerhalb von ${f.span('window')} von einem Absender ohne Vorgeschichte; andere dieser Art haben ${f.about('expected')} an einem üblichen Tag`,
    'unknown-users': (f) =>
      `${f.count('refused')} von ${f.count('resolved')} Empfängern gibt es nicht (sonst bei ihm: ${f.percent('habit')})`,
    'policy-refusals': (f) =>
      `bei ${f.count('refused')} von ${f.count('resolved')} Empfängern als Spam oder nach Richtlinie abgelehnt (sonst bei ihm: ${f.percent('habit')})`,
    'strangers-against-habit': (f) =>
      `${f.count('strangers')} von ${f.count('recipients')} Empfängern sind für ihn neu (sonst bei ihm: ${f.percent('habit')})`,
    'risky-path': (f) => `das Skript liegt, wo kein Programm Mail verschicken sollte: ${f.text('path')}`,
    'evaluated-code': () => 'eingeschleuster Code (eval() oder Standardeingabe) rief mail() auf',
    'list-software': () => 'es sieht nach Newsletter-Software aus, die mit vielen Empfängern beginnen darf',
    'many-senders': (f) =>
      `${f.count('senders')} von ${f.count('messages')} Nachrichten mit nie benutzter Absenderadresse`,
    'foreign-senders': (f) =>
      `${f.count('foreign')} von ${f.count('messages')} Nachrichten mit Absender außerhalb der eigenen Domains`,
    'new-clients': (f) =>
      `${f.count('fresh')} von ${f.count('messages')} Nachrichten von Client-Adressen, die für dieses Login neu sind (${f.count('distinct')} verschiedene)`,
    'usual-clients': (f) =>
      `nur ${f.count('fresh')} von ${f.count('messages')} Nachrichten von Client-Adressen, die für dieses Login neu sind`,
    'one-visitor': (f) =>
      `${f.count('same')} von ${f.count('messages')} Nachrichten löste ein Besucher aus, der es schon vorher tat (sonst: ${f.percent('habit')})`,
    'unusual-hour': (f) =>
      `um ${String(f.count('hour')).padStart(2, '0')} Uhr UTC sandte es in ${f.count('messages')} Nachrichten fast nie`,
    'first-day': (f) => `es sandte zum ersten Mal am ${f.time('firstSeenAt')}`,
    'several-new-scripts': (f) =>
      `${f.count('scripts')} Skripte dieses Kontos begannen innerhalb eines Tages zu senden`,
    'round-the-clock': (f) => `es sendet gleichmäßig Tag und Nacht, seit ${f.count('hours')} Stunden`,
    'own-limit': (f) => `eine Grenze dieses Servers lehnte ${f.count('refused')} seiner Nachrichten ab`,
    'fixed-limit': (f) =>
      `die feste Grenze von ${f.count('limit')} ${COUNTED[f.text('counted')] ?? f.text('counted')} je ${PER[f.text('per')] ?? f.text('per')} in ${f.span('window')} wurde überschritten (${f.count('count')})`,
  },
  notes: {
    look: 'ansehen, was es verschickt hat',
    'stop-script': 'das Skript an der Ausführung hindern (nach einem Blick hinein)',
    account: 'ansehen, was unter diesem Konto läuft',
    sessions: 'Sitzungen beenden, danach das Passwort ändern',
    freeze: 'zurückhalten, was in der Warteschlange steht',
    remove: 'oder endgültig aus der Warteschlange löschen',
    acknowledge: 'mailwitness sagen, was es war',
  },
  none: (from, to) => `keine Warnungen von ${from} bis ${to}`,
  heading: (alerts, from, to) => `${alerts} ${alerts === 1 ? 'Warnung' : 'Warnungen'} von ${from} bis ${to}`,
  counts: ({messages, recipients, failed, unknownUser, policy, waiting}) =>
    `${messages} Nachrichten an ${recipients} Empfänger, ${failed} endgültig abgelehnt${failed > 0 ? ` (${unknownUser} unbekannt, ${policy} als Spam oder nach Richtlinie)` : ''}${waiting > 0 ? `, ${waiting} noch in der Warteschlange` : ''}`,
  expected: (expected, ratio) => `erwartet ${expected}, also das ${ratio}-fache`,
  firstAlert: (at, score, threshold) => `bemerkt ${at}, Punkte ${score} (Schwelle ${threshold})`,
  acknowledged: {true: 'bestätigt: es war Missbrauch', false: 'bestätigt: ein Fehlalarm'},
  why: 'warum',
  evidence: 'die neuesten Nachrichten im Log',
  commands: 'was man ausführen könnte (nichts wurde ausgeführt)',
  senders: 'Absenderadressen',
  excused: ({what, reason, until}) => `ausgenommen: ${what}: ${reason}${until === '' ? '' : ` (bis ${until})`}`,
  fixedLimit: 'feste Grenze',
}
