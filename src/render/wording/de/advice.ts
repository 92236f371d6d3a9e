/** Deutsch: Zusammenfassungen je Urteil, und was als Nächstes zu tun ist. */

import {behind} from '../facts.js'
import type {Wording} from '../wording.js'

export const verdicts: Wording['verdicts'] = {
  left: (f) => `Diese Nachricht hat unsere Server verlassen${behind(': ', f.text('cause'))}.`,
  forwarded: () => 'Diese Nachricht kam von außen und wurde über unsere Server nach außen weitergeleitet.',
  'delivered-here': () => 'Diese Nachricht wurde in eigene Postfächer zugestellt; sie ging nicht nach außen.',
  'rejected-here': () => 'Unsere Server haben diese Nachricht abgelehnt; sie haben sie weder angenommen noch gesendet.',
  queued: () => 'Unsere Server haben diese Nachricht angenommen und noch nicht zugestellt.',
  'not-delivered': () => 'Unsere Server haben diese Nachricht angenommen, aber niemand außerhalb hat sie erhalten.',
  'never-here': () => 'Diese Nachricht war nie auf unseren Mailservern: ihr Absender wurde gefälscht.',
  inconclusive: () => 'Ob diese Nachricht unsere Server verlassen hat, lässt sich nicht sagen.',
  'not-a-bounce': () => 'Dies ist weder eine Unzustellbarkeitsmeldung noch eine Beschwerde.',
}

export const causes: Wording['causes'] = {
  'web-script': 'ein Skript oder Kontaktformular einer Website hat sie gesendet',
  customer: 'sie wurde mit der Anmeldung des Kunden gesendet',
  'customer-machine':
    'sie wurde mit der Anmeldung des Kunden aus seinem eigenen Netz gesendet, in ungewöhnlicher Menge',
  'account-compromised': 'sie wurde mit einer Anmeldung gesendet, die vermutlich Fremde benutzen',
  'local-user': 'ein Benutzer oder ein Auftrag auf dem Server hat sie gesendet',
  forwarder: 'eine Weiterleitung hat sie weitergegeben',
  inbound: 'sie kam von außen',
  'forged-sender': 'jemand anderes hat die Adresse als Absender benutzt',
  unknown: 'Ursache unbekannt',
}

export const certainties: Wording['certainties'] = {
  proven: 'durch eigene Protokolle bewiesen',
  strong: 'mehrere Tatsachen stimmen überein',
  weak: 'nur ein schwaches Anzeichen',
}

export const severities: Wording['severities'] = {
  problem: 'zu beheben',
  improve: 'zu verbessern',
  fine: 'schon richtig',
  unchecked: 'nicht geprüft',
}

export const outcomes: Wording['outcomes'] = {
  delivered: 'von einem fremden Server angenommen',
  'delivered-locally': 'in ein eigenes Postfach zugestellt',
  'handed-on': 'an einen anderen eigenen Server übergeben',
  deferred: 'aufgeschoben, wird erneut versucht',
  failed: 'endgültig abgelehnt',
  discarded: 'verworfen',
  removed: 'aus der Warteschlange entfernt',
  unknown: 'Ende unbekannt',
}

export const states: Wording['states'] = {
  completed: 'abgeschlossen',
  queued: 'wartend',
  frozen: 'eingefroren',
  removed: 'entfernt',
  rejected: 'abgelehnt',
  unknown: 'unbekannt',
}

export const advice: Wording['advice'] = {
  'ask-full-headers': () =>
    'Um die ursprüngliche Nachricht mit allen Kopfzeilen bitten: als angehängte Datei, nicht hineinkopiert, und nicht nur die Meldung.',
  'delete-it': () => 'Die Meldung löschen; keine Verweise darin öffnen und nicht antworten.',
  'complain-to-host': (f) =>
    `Beim Betreiber von ${f.text('host') || 'dem sendenden Server'} beschweren${behind(' und dessen Queue-ID ', f.text('queueId'), ' nennen')}${behind(' (Zeit: ', f.time('at'), ')')}.`,
  'advise-domain': (f) => `SPF, DKIM und DMARC der Domain prüfen: mailwitness advise ${f.text('domain') || 'DOMAIN'}`,
  'turn-off-catch-all': (f) =>
    `Die Sammeladresse (Catch-all)${behind(' von ', f.text('domain'))} abschalten: sie nimmt jede Meldung an Adressen an, die es nie gab.`,
  'refuse-unsigned-bounces': (f) =>
    `${f.text('address') || 'Die Adresse'} könnte Meldungen zu nie gesendeten Nachrichten ablehnen: ausgehende Absender kennzeichnen (BATV) und Meldungen ohne Kennzeichen ablehnen. Eine Adresse, die nur weiterleitet, sendet nichts und braucht solche Meldungen gar nicht.`,
  'report-backscatter': (f) =>
    `${f.text('host') || 'Der Meldende'} schickt Meldungen an Unbeteiligte, statt schon im SMTP-Dialog abzulehnen; der Betreiber sollte das wissen.`,
  'repair-script': (f) =>
    `${f.text('script') || f.text('url') || 'Das Skript'}${behind(' im Konto ', f.text('account'))} reparieren oder abschalten: Eingaben prüfen, Captcha einbauen, und nicht an Adressen senden lassen, die Besucher eintippen.`,
  'change-password': (f) =>
    `Das Passwort von ${f.text('login') || 'der Anmeldung'} ändern, laufende Sitzungen beenden, Filter und Weiterleitungen prüfen.`,
  'clean-computer': (f) =>
    `Die Rechner des Kunden auf Schadsoftware prüfen lassen${behind(' (Anmeldung ', f.text('login'), ')')}, danach das Passwort ändern.`,
  'check-with-customer': (f) =>
    `Den Kunden fragen, ob er sie gesendet hat${behind(' (Anmeldung ', f.text('login'), ')')}.`,
  'check-forwarder': (f) =>
    `Die Weiterleitung${behind(' ', f.text('forwarder'))} ansehen: vor dem Weiterleiten Spam filtern oder stattdessen ein Postfach einrichten.`,
  'wait-for-queue': (f) =>
    `Den nächsten Versuch abwarten oder den Eintrag ${f.text('queueId')}${behind(' auf ', f.text('server'))} ansehen.`,
  'read-remote-reply': (f) => `Die Antwort des fremden Servers nennt den Grund${behind(': "', f.text('reply'), '"')}.`,
  'stop-sending': () =>
    'Zuerst den Versand anhalten; die Befehle stehen unten. Sie werden nur gezeigt, nie ausgeführt.',
  'block-port-25': () =>
    'Prüfen, ob Kunden selbst SMTP nach außen sprechen dürfen (CSF: SMTP_BLOCK; sonst die Firewallregel für Port 25), und das schließen.',
  'find-bypass': (f) =>
    `Auf dem Rechner mit [${f.text('ip')}] nach einem Prozess suchen, der selbst SMTP spricht, oder nach einem anderen Rechner hinter dieser Adresse.`,
  'restore-logs': (f) =>
    `Die fehlenden Protokolle${behind(' von ', f.text('server'))}${behind(' ab ', f.time('from'))}${behind(' bis ', f.time('to'))} beschaffen, einlesen und erneut fragen.`,
  'fix-clock': (f) =>
    `Die Uhr von ${f.text('host')} richtig stellen; sie geht um ${f.text('seconds')} Sekunden falsch.`,
  'stop-own-backscatter': (f) =>
    `${f.text('server') || 'Unser Server'} hat an einen möglicherweise gefälschten Absender gemeldet: unbekannte Empfänger und Spam schon im SMTP-Dialog ablehnen.`,
}
