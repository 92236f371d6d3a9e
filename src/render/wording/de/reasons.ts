/** Deutsch: warum die Antwort so ausfällt, und was jeden Grund widerlegen würde. */

import {behind, bracketed, type Sentence} from '../facts.js'
import type {Wording} from '../wording.js'
import {gapWords} from './gaps.js'

/** What the judge compares and searches, by its English name. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['sender', 'Absender'],
  ['recipient', 'Empfänger'],
  ['recipients', 'Empfänger'],
  ['size', 'Größe'],
  ['subject', 'Betreff'],
  ['time', 'Zeit'],
  ['host', 'Server'],
  ['queue ID', 'Queue-ID'],
  ['queue-id', 'Queue-ID'],
  ['message-id', 'Message-ID'],
  ['address', 'Adresse'],
  ['script', 'Skript'],
])

const named = (list: string): string =>
  list
    .split(', ')
    .map((name) => NAMES.get(name) ?? name)
    .join(', ')

const times = (n: number): string => (n > 1 ? ` (${n}-mal)` : '')

export const reasons: Wording['reasons'] = {
  'message-found': (f) =>
    `Unser Protokoll enthält die Nachricht${bracketed([behind('Queue-ID ', f.text('queueId')), f.text('server'), f.time('at'), behind('mit der Meldung stimmen überein: ', named(f.list('agree')))])}.`,
  'remote-accepted': (f) =>
    `${f.text('remoteHost') || 'Ein fremder Server'}${behind(' [', f.text('remoteIp'), ']')} hat sie angenommen${behind(' für ', f.text('recipient'))}${behind(' um ', f.time('at'))}${times(f.count('count'))}${behind('; Antwort: "', f.text('reply'), '"')}${behind('; dortige ID: ', f.text('receipt'))}.`,
  'remote-refused': (f) =>
    `${f.text('remoteHost') || 'Der fremde Server'}${behind(' [', f.text('remoteIp'), ']')} hat sie abgelehnt${behind(' für ', f.text('recipient'))}${behind(' um ', f.time('at'))}${times(f.count('count'))}${behind('; Antwort: "', f.text('reply'), '"')}.`,
  'local-only': (f) => `Sie wurde nur in eigene Postfächer zugestellt${behind(': ', f.list('recipients'))}.`,
  'forwarded-by': (f) =>
    `Sie kam von außen für ${f.text('original') || 'eine unserer Adressen'} und ging weiter an ${f.text('recipient') || 'eine Adresse außerhalb'}${behind(' über die Weiterleitung ', f.text('forwarder'))}${behind(' (', f.text('queueId'), ')')}.`,
  'rejected-here': (f) =>
    `${f.text('server') || 'Unser Server'} hat sie vor der Annahme abgelehnt${behind(', Schritt ', f.text('stage'))}${behind(', ', f.time('at'))}${behind(', von [', f.text('clientIp'), ']')}${behind(': "', f.text('reply'), '"')}.`,
  queued: (f) =>
    `Sie liegt noch in der Warteschlange von ${f.text('server') || 'unserem Server'}${behind(' als ', f.text('queueId'))}${behind(' (', f.text('state'), ')')}${behind('; letzte Antwort: "', f.text('reply'), '"')}.`,
  'removed-by-admin': (f) =>
    `Sie wurde aus der Warteschlange entfernt${behind(' von ', f.text('who'))}${behind(' um ', f.time('at'))} und daher nicht zugestellt.`,
  discarded: (f) =>
    `Sie wurde verworfen${behind(' durch ', f.text('by'))}${behind(' für ', f.text('recipient'))}${behind(' um ', f.time('at'))}: angenommen und niemandem zugestellt.`,
  'bounce-made-here': (f) =>
    `Die Unzustellbarkeitsmeldung stammt von ${f.text('server') || 'unserem eigenen Server'}${behind(' als ', f.text('queueId'))}${behind(' um ', f.time('at'))}.`,
  'journey-joined': (f) => `Diese Warteschlangeneinträge sind ein und dieselbe Nachricht: ${f.list('queueIds', 10)}.`,
  'received-from': (f) =>
    `Sie kam von außen: ${f.text('clientName') || 'Server'}${behind(' [', f.text('clientIp'), ']')}${behind(', ', f.time('at'))}.`,
  'sent-by-script': (f) =>
    `Gesendet hat sie ${f.has('script') ? `das Skript ${f.text('script')}` : f.has('scriptDirectory') ? `ein Skript in ${f.text('scriptDirectory')}` : 'ein Skript'}${behind(' im Konto ', f.text('account'))}${behind(', Seite ', f.text('url'))}${behind(', Besucher ', f.text('visitorIp'))}${behind(' (', f.text('certainty'), ')')}.`,
  'sent-by-login': (f) =>
    `Gesendet wurde sie mit der Anmeldung ${f.text('login')}${behind(' von [', f.text('clientIp'), ']')}${behind(', ', f.time('at'))}.`,
  'sent-by-local-user': (f) =>
    `Gesendet wurde sie auf dem Server selbst vom Benutzer ${f.text('account') || `mit der uid ${f.text('uid')}`}, ohne ein uns bekanntes Skript.`,
  'origin-ambiguous': (f) => `Das Protokoll lässt offen, wer davon sie gesendet hat: ${f.list('candidates', 10)}.`,
  'usual-login': (f) =>
    `Die Anmeldung ${f.text('login')} wurde wie üblich benutzt${behind(', von [', f.text('clientIp'), ']')}${f.has('days') ? `, einem Netz, das an ${f.text('days')} früheren Tagen vorkam` : ''}.`,
  'login-many-networks': (f) =>
    `Die Anmeldung ${f.text('login')} wurde aus ${f.text('networks')} verschiedenen Netzen benutzt${behind(' zwischen ', f.time('from'))}${behind(' und ', f.time('to'))}.`,
  'volume-abnormal': (f) =>
    `${f.text('subject') || 'Der Absender'} hat ${f.text('messages') || 'viele'} Nachrichten gesendet${behind(' an ', f.text('recipients'), ' Empfänger')}${behind(' zwischen ', f.time('from'))}${behind(' und ', f.time('to'))}${f.has('usual') ? `; am stärksten Tag davor waren es ${f.text('usual')}` : '; einen früheren Tag davon kennen unsere Protokolle nicht'}.`,
  'volume-usual': (f) =>
    `${f.text('subject') || 'Der Absender'} hat in dieser Zeit ${f.text('messages') || 'wenige'} Nachrichten gesendet, nicht mehr als üblich${behind(' (am stärksten Tag davor ', f.text('usual'), ')')}.`,
  'own-network': (f) =>
    `Die Anmeldung ${f.text('login')} kam aus dem eigenen Netz des Kunden${behind(' ', f.text('network'))}, mit weit mehr Nachrichten als üblich.`,
  'customer-or-machine': () =>
    'Protokolle können nicht unterscheiden, ob der Kunde oder Schadsoftware auf seinem Rechner gesendet hat.',
  'no-trace': (f) =>
    `Jeder Suchschlüssel der Meldung wurde auf jedem Server gesucht${behind(' von ', f.time('from'))}${behind(' bis ', f.time('to'))}; keiner wurde gefunden${bracketed([behind('Message-ID ', f.list('messageIds', 3)), behind('Queue-ID ', f.list('queueIds', 3))])}.`,
  'forged-hop': (f) =>
    `Eine Received-Zeile behauptet, ${f.text('host') || 'unser Server'} habe sie als ${f.text('queueId')} bearbeitet${behind(' um ', f.time('at'))}; unser lückenloses Protokoll kennt diese Nachricht nicht, die Zeile ist gefälscht.`,
  'copied-header': (f) =>
    `Die Queue-ID ${f.text('queueId')} ist echt, gehört aber zu einer anderen Nachricht${behind('; es widersprechen: ', named(f.list('disagree')))}. Der Kopf wurde abgeschrieben.`,
  'foreign-host': (f) =>
    `Das Original entstand auf ${f.text('host')}${behind(' als ', f.text('queueId'))}${behind(' um ', f.time('at'))}${behind(' durch den Benutzer ', f.text('user'))}; dieser Server gehört nicht uns.`,
  'foreign-script': (f) =>
    `Laut der Meldung entstand es dort durch die Seite ${f.text('url') || f.text('script')}${behind(' (Versanddatei ', f.has('url') ? f.text('script') : '', ')')}${behind(', uid ', f.text('uid'))}${behind(', für den Besucher ', f.text('visitorIp'))}.`,
  'rejected-there': (f) =>
    `${f.text('host') || 'Dieser Server'} hat die Nachricht selbst abgelehnt und es der darin genannten Adresse gemeldet${behind(': "', f.text('reply'), '"')}.`,
  'id-time-agrees': (f) =>
    `Die Queue-ID ${f.text('queueId')} enthält die Zeit ${f.time('idTime')}, dieselbe wie ihre Received-Zeile${behind(' von ', f.text('host'))}: eine echte ID, von diesem Server vergeben.`,
  'id-time-differs': (f) =>
    `Die Queue-ID ${f.text('queueId')} enthält die Zeit ${f.time('idTime')}, ihre Received-Zeile nennt aber ${f.time('hopTime')}: verändert, abgeschrieben oder eine falsch gehende Uhr.`,
  'unsigned-address': (f) =>
    `Wir kennzeichnen jeden ausgehenden Umschlagabsender${behind(' (', f.text('scheme'), ')')}; ${f.text('address') || 'dieser'} ist nicht gekennzeichnet.`,
  'bypassed-mta': (f) =>
    `ALARM: ${f.text('reporter') || 'Der Meldende'} sah unsere Adresse [${f.text('ip')}]${behind(' um ', f.time('at'))}, aber keiner unserer Mailserver hat die Nachricht protokolliert. Sie ging an den Mailservern vorbei, oder ein Protokoll wurde verändert.`,
  'reporter-saw-our-ip': (f) =>
    `${f.text('reporter') || 'Der Meldende'} erhielt sie von unserer Adresse [${f.text('ip')}]${behind(' um ', f.time('at'))}.`,
  gap: (f) =>
    `Das Protokoll von ${f.text('server')} hat eine Lücke von ${f.time('from') || 'Beginn'} bis ${f.time('to') || 'Ende'}${behind(' (', gapWords(f.text('reason')), ')')}.`,
  'server-without-logs': (f) => `Vom Server ${f.text('server')} liegen keine Protokolle vor.`,
  'no-logs': () => 'Es wurden noch keine Protokolle eingelesen.',
  unreadable: (f) =>
    `${f.text('source') || 'Ein Protokoll'} war nicht lesbar${behind(' auf ', f.text('server'))}${behind(', ', f.time('from'))}${behind(' bis ', f.time('to'))}${behind(' (', f.text('reason'), ')')}.`,
  'unknown-lines': (f) =>
    `${f.text('count') || 'Einige'} Zeilen von ${f.text('server') || 'diesem Protokoll'} aus dieser Zeit wurden nicht verstanden.`,
  'message-nearby': (f) =>
    `Eine Nachricht von uns${behind(' (', f.text('queueId'), ')')}${behind(' von ', f.time('at'))} stimmt mit der Meldung überein${behind(': ', named(f.list('agree')))}, nur die Queue-ID nicht: Die ID in der Meldung kann beschädigt sein.`,
  'no-strong-key': (f) =>
    `Die Meldung enthält weder Queue-ID noch Message-ID noch einen sichtbaren Empfänger mit Zeit${behind('; gesucht wurde: ', named(f.list('searched')))}.`,
  'keys-hidden': (f) =>
    `Die Suchschlüssel der Meldung sind verdeckt oder geschwärzt${behind(': ', named(f.list('hidden')))}.`,
  'no-original': () => 'Die Meldung enthält die Kopfzeilen der ursprünglichen Nachricht nicht.',
  'no-time': () => 'Die Meldung nennt keine Zeit; daher lässt sich kein Zeitraum vollständig durchsuchen.',
  'direct-smtp-open': (f) =>
    f.text('directSmtp') === 'open'
      ? 'Kunden dürfen selbst SMTP nach außen sprechen (Port 25 ist offen): solche Nachrichten stehen nicht in den Protokollen der Mailserver.'
      : 'Es ist nicht angegeben, ob Kunden selbst SMTP nach außen sprechen dürfen (Port 25): solche Nachrichten stünden nicht in diesen Protokollen.',
  'clock-offset': (f) =>
    `Die Uhr von ${f.text('host')} geht um ${f.text('seconds')} Sekunden falsch; die Suche hat das berücksichtigt.`,
  vacation: () => 'Es ist eine automatische Antwort (Abwesenheit), keine Unzustellbarkeitsmeldung.',
  challenge: () => 'Es ist eine Rückfrage, die der Absender bestätigen soll, keine Unzustellbarkeitsmeldung.',
  'read-receipt': () => 'Es ist eine Lesebestätigung (RFC 8098), keine Unzustellbarkeitsmeldung.',
  'list-mail': (f) =>
    `Es kommt von einer Mailingliste${behind(' (', f.text('list'), ')')} und ist keine Unzustellbarkeitsmeldung.`,
  'ordinary-mail': () => 'Es trägt kein Merkmal einer Unzustellbarkeitsmeldung oder einer Beschwerde.',
}

const laterDelivery: Sentence = () => 'eine spätere Zeile derselben Nachricht in einem nicht eingelesenen Protokoll'
const missingLog: Sentence = () => 'ein Server oder Protokoll von uns, das nicht eingelesen wurde'

export const overturns: Wording['overturns'] = {
  'message-found': () => 'eine zweite Nachricht mit denselben Schlüsseln zu anderer Zeit',
  'remote-accepted': () => 'der Nachweis, dass der fremde Server uns gehört (dann in der Konfiguration nennen)',
  'remote-refused': laterDelivery,
  'local-only': laterDelivery,
  'rejected-here': () => 'ein zweiter, angenommener Versuch auf einem nicht eingelesenen Server',
  'sent-by-script': () => 'ein anderes Skript desselben Kontos in derselben Sekunde',
  'usual-login': () => 'die Aussage des Kunden, dass niemand am Rechner war',
  'login-many-networks': () => 'ein reisender Kunde oder ein Dienst, der für den Kunden sendet',
  'no-trace': missingLog,
  'forged-hop': missingLog,
  'copied-header': () => 'ein Protokoll, in dem dieselbe Queue-ID zweimal vorkommt',
  'foreign-host': () => 'der Nachweis, dass dieser Server uns gehört (dann in der Konfiguration nennen)',
  'id-time-agrees': () => 'für sich allein nichts: ein Fälscher kann ID und Zeit zusammen abschreiben',
  gap: () => 'das fehlende Protokoll: einlesen und erneut fragen',
  'server-without-logs': () => 'die Protokolle dieses Servers: einlesen und erneut fragen',
  'keys-hidden': () => 'die ursprüngliche Nachricht mit allen Kopfzeilen',
  'message-nearby': () => 'die ursprüngliche Nachricht mit allen Kopfzeilen',
  'no-original': () => 'die ursprüngliche Nachricht mit allen Kopfzeilen',
  'bypassed-mta': () => 'der Nachweis, dass die Adresse damals jemand anderem gehörte',
}
