/** Deutsch: der Bericht für die Abuse-Stelle. Jede Zahl stammt aus der Antwort; was unbekannt ist, wird gesagt. */

import {behind} from '../facts.js'
import type {DeskWording} from '../wording.js'
import {gapWords} from './gaps.js'

export const desk: DeskWording = {
  heading: (f) =>
    `URTEIL: ${f.text('verdict')} | Ursache: ${f.text('cause')} (${f.text('causeText')}) | Sicherheit: ${f.text('certainty')} (${f.text('certaintyText')})`,
  asked: 'Gefragt war nach',
  askedFor: {
    messageIds: 'Message-ID',
    queueIds: 'Queue-ID',
    senders: 'Umschlagabsender',
    recipients: 'Empfänger',
    hops: 'Received-Zeile',
    scripts: 'Skript-Kopfzeile',
    window: 'Zeitraum',
  },
  nothing: 'nichts',
  messages: 'Gefundene Nachrichten',
  message: (f) =>
    `${f.text('server')} (${f.text('mta')}) ${f.text('queueId')}, angekommen ${f.time('at') || 'zu unbekannter Zeit'}, Zustand ${f.text('state')}, von <${f.text('sender')}>${behind(', Message-ID ', f.text('messageId'))}${behind(', ', f.text('size'), ' Byte')}${behind(', Betreff "', f.text('subject'), '"')}`,
  origin: {
    script: (f) =>
      `Herkunft: Skript ${f.text('script') || f.text('scriptDirectory') || 'ohne Namen'}${behind(', Konto ', f.text('account'))}${behind(', Seite ', f.text('url'))}${behind(', Besucher ', f.text('visitorIp'))} (${f.text('certainty')}${behind('; möglich: ', f.list('candidates', 10))})`,
    local: (f) =>
      `Herkunft: lokaler Benutzer ${f.text('account') || f.text('uid') || 'ohne Namen'} (${f.text('certainty')}${behind('; möglich: ', f.list('candidates', 10))})`,
    authenticated: (f) =>
      `Herkunft: Anmeldung ${f.text('login')} von ${f.text('clientName') || 'Server'}${behind(' [', f.text('clientIp'), ']')} (${f.text('certainty')})`,
    'relay-in': (f) =>
      `Herkunft: von außen, ${f.text('clientName') || 'Server'}${behind(' [', f.text('clientIp'), ']')}`,
    bounce: () => 'Herkunft: Meldung, die dieser Server selbst erzeugt hat',
    forward: () => 'Herkunft: von diesem Server weitergeleitet',
    unknown: () => 'Herkunft: unbekannt',
  },
  recipient: (f) =>
    `an <${f.text('address')}>${behind(' (geschrieben an <', f.text('original'), '>)')}: ${f.text('outcome')}${behind(', letzter Versuch ', f.time('at'))}${behind(', Versuche ', f.text('attempts'))}${behind(', ', f.text('remoteHost'))}${behind(' [', f.text('remoteIp'), ']')}${behind(', Status ', f.text('status'))}${behind(', Antwort "', f.text('reply'), '"')}`,
  reasons: 'Gründe',
  overturned: 'widerlegt würde das durch',
  evidence: 'Protokollzeilen',
  scope: 'Umfang (24 h davor bis 24 h danach)',
  scopeCounted: (f) =>
    `${f.text('subject')}: ${f.text('messages')} Nachrichten an ${f.text('recipients')} Empfänger, ${f.text('failed')} fehlgeschlagen, von ${f.time('from')} bis ${f.time('to')}; die letzte ${f.time('lastAt') || 'zu unbekannter Zeit'}`,
  scopeNotCounted: 'nicht gezählt: es gibt keine eigene Nachricht, um die herum zu zählen wäre',
  coverage: 'Abdeckung',
  coverageComplete: 'vollständig: jeder Server, der ganze Zeitraum, keine Lücke',
  coverageIncomplete: 'NICHT vollständig',
  server: (f) => `${f.text('server')}: ${f.time('from') || 'kein Protokoll'} bis ${f.time('to') || 'kein Protokoll'}`,
  gap: (f) =>
    `Lücke ${f.time('from') || 'von Beginn'} bis ${f.time('to') || 'zum Ende'}${behind(' (', gapWords(f.text('reason')), ')')}`,
  directSmtp: {
    blocked:
      'Port 25: Kunden können nicht an den Mailservern vorbei SMTP sprechen (so in der Konfiguration angegeben).',
    open: 'Port 25: OFFEN. Kunden können an den Mailservern vorbei SMTP sprechen; diese Antwort gilt nur für die Mailserver.',
    unknown:
      'Port 25: Es ist nicht angegeben, ob Kunden an den Mailservern vorbei SMTP sprechen können; diese Antwort gilt nur für die Mailserver.',
  },
  notKnown: 'Nicht bekannt',
  openQuestions: {
    'never-here': () =>
      'wer die Nachricht wirklich gesendet hat: das sieht der Betreiber des fremden Servers, wir nicht',
    'foreign-script': () =>
      'ob die Besucheradresse in der Skript-Kopfzeile der Absender oder ein Proxy ist; der fremde Server hat die Kopfzeile geschrieben',
    'keys-hidden': () => 'was die Schwärzung verdeckt',
    customer: () =>
      'ob der Kunde oder ein Programm auf seinem Rechner gesendet hat: Protokolle können das nicht unterscheiden',
    'customer-machine': () =>
      'ob der Kunde oder ein Programm auf seinem Rechner gesendet hat: Protokolle können das nicht unterscheiden',
    'account-compromised': () => 'wie das Passwort bekannt wurde',
    'web-script': () => 'ob das Skript missbraucht wird, verändert ist oder tut, was es soll: die Datei ansehen',
    'origin-ambiguous': (f) => `wer davon gesendet hat: ${f.list('candidates', 10)}`,
    'remote-accepted': () => 'was der fremde Server nach der Annahme damit getan hat',
    queued: () => 'ob sie noch zugestellt wird',
    gap: (f) => `was auf ${f.text('server')} geschah von ${f.time('from') || 'Beginn'} bis ${f.time('to') || 'Ende'}`,
    'server-without-logs': (f) => `was auf ${f.text('server')} geschah`,
    'bypassed-mta': () => 'welcher Prozess oder Rechner die Adresse benutzt hat',
    'direct-smtp-open': () => 'ob Nachrichten an den Mailservern vorbei gingen',
    'unknown-lines': (f) =>
      `was ${f.text('count') || 'einige'} Zeilen von ${f.text('server') || 'diesem Protokoll'} bedeuten`,
  },
  nothingOpen: 'nichts, wovon die Antwort abhängt',
  commands: 'Befehle (jeden vor dem Ausführen ansehen; mailwitness führt keinen aus)',
  commandNotes: {
    look: 'die Nachricht in der Warteschlange ansehen',
    freeze: 'in der Warteschlange festhalten',
    'queue-of-sender': 'zeigen, was dieser Absender noch in der Warteschlange hat',
    hold: 'in der Warteschlange festhalten',
    'stop-script': 'das Skript anhalten (die Seite fällt dann aus)',
    'login-sessions': 'zeigen, welche Adressen die Anmeldung benutzen',
    firewall: 'prüfen, ob Benutzer Port 25 nach außen erreichen',
    'search-again': 'nach dem Einlesen der fehlenden Protokolle erneut fragen',
  },
  noCommands: 'keine: von uns wird nichts gesendet',
  advice: 'Als Nächstes',
  privacy:
    'Dieser Bericht enthält personenbezogene Daten. Adressen von Beschwerdeführern nicht an den Kunden weitergeben.',
  more: (f) => `… und ${f.text('count')} weitere (siehe --json)`,
}
