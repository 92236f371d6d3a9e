/** Deutsch: was das DNS einer Domain gegen gefälschte Absender tut, und was zu ändern ist. */

import {behind} from '../facts.js'
import type {Wording} from '../wording.js'

const publish = (record: string): string => behind(' Veröffentlichen: ', record)

export const domainAdvice: Wording['domainAdvice'] = {
  'domain-not-found': (f) => `Die Domain ${f.text('domain')} gibt es im DNS nicht.`,
  'mx-found': (f) => `Nachrichten an die Domain gehen an ${f.list('exchangers', 3)}.`,
  'mx-null': () =>
    'Die Domain erklärt, keine Nachrichten anzunehmen (Null-MX, RFC 7505); Meldungen können sie nicht erreichen.',
  'mx-missing': () =>
    'Die Domain hat keinen MX-Eintrag. Nimmt sie keine Nachrichten an, einen Null-MX ("0 .") veröffentlichen, sonst ihren Mailserver nennen.',
  'mx-target-missing': (f) => `Diese Mailserver der Domain haben keine Adresse: ${f.list('exchangers')}.`,
  'mx-unchecked': (f) => `Die MX-Einträge waren nicht lesbar (${f.text('reason')}).`,
  'spf-unchecked': (f) => `Der SPF-Eintrag war nicht lesbar (${f.text('reason')}); bitte erneut fragen.`,
  'spf-missing': (f) =>
    `Es gibt keinen SPF-Eintrag; niemand kann wissen, welche Server für die Domain senden dürfen.${publish(f.text('suggested'))} (Vorher jeden weiteren Server ergänzen, der für die Domain sendet.)`,
  'spf-several': (f) =>
    `Es gibt ${f.size('records')} SPF-Einträge. Für Empfänger ist das ein Fehler, der jeden Schutz aufhebt: zu einem zusammenfassen.`,
  'spf-misspelt': (f) =>
    `Dieser Eintrag sollte wohl SPF sein und ist es nicht: "${f.text('record')}". Er muss mit "v=spf1 " beginnen.`,
  'spf-syntax': (f) => `Der SPF-Eintrag hat Fehler, daher beachten Empfänger ihn gar nicht: ${f.list('terms')}.`,
  'spf-include-missing': (f) =>
    `Der SPF-Eintrag bindet Domains ein, die selbst keinen einzelnen SPF-Eintrag haben; das ist für Empfänger ein Fehler: ${f.list('domains')}.`,
  'spf-too-many-lookups': (f) =>
    `Der SPF-Eintrag braucht ${f.text('lookups')} DNS-Abfragen; mehr als ${f.text('most')} sind für Empfänger ein Fehler. Nicht mehr benutzte include: entfernen oder Adressen nennen.`,
  'spf-near-lookup-limit': (f) =>
    `Der SPF-Eintrag braucht ${f.text('lookups')} von ${f.text('most')} erlaubten DNS-Abfragen: ein weiteres include: kann ihn zerstören.`,
  'spf-void-lookups': (f) =>
    `Der SPF-Eintrag fragt nach Namen, die nicht antworten (mehr als 2 sind ein Fehler): ${f.list('names')}.`,
  'spf-tree-unread': (f) =>
    `Ein Teil des SPF-Eintrags konnte nicht verfolgt werden (${f.text('reason')}): ${f.list('domains')}. Die Zahl der Abfragen kann höher sein.`,
  'spf-allows-all': (f) =>
    `Der SPF-Eintrag endet mit "+all": die ganze Welt darf für die Domain senden.${publish(f.text('suggested'))}`,
  'spf-neutral': (f) =>
    `Der SPF-Eintrag endet mit "?all" und sagt damit nichts über Fremde.${publish(f.text('suggested'))}`,
  'spf-no-all': (f) =>
    `Der SPF-Eintrag hat kein letztes Wort; Fremde gelten als neutral.${publish(f.text('suggested'))}`,
  'spf-softfail': (f) =>
    f.has('suggested')
      ? `Der SPF-Eintrag endet mit "~all" (Softfail): viele Empfänger nehmen gefälschte Nachrichten trotzdem an und melden sie dann an Sie zurück. Sind alle Server genannt, die für die Domain senden, veröffentlichen: ${f.text('suggested')}`
      : `Der SPF-Eintrag endet mit "~all" (Softfail) bei ${f.text('decidedAt')}, wohin die Domain verweist: den dortigen Betreiber um "-all" bitten.`,
  'spf-fail': () => 'Der SPF-Eintrag endet mit "-all": Empfänger dürfen gefälschte Nachrichten sofort ablehnen.',
  'spf-include-open': (f) =>
    `Ein eingebundener Eintrag erlaubt der ganzen Welt, für die Domain zu senden: ${f.list('domains')}.`,
  'spf-wide-networks': (f) => `Der SPF-Eintrag erlaubt sehr große Netze, darin auch Fremde: ${f.list('terms')}.`,
  'spf-ptr': () =>
    'Der SPF-Eintrag benutzt "ptr"; das ist langsam und nicht mehr zulässig (RFC 7208): stattdessen Adressen nennen.',
  'spf-text-behind-all': () => 'Was im SPF-Eintrag hinter "all" steht, wird nie gelesen: davor setzen oder entfernen.',
  'spf-long-record': (f) =>
    `Der SPF-Eintrag ist ${f.text('length')} Zeichen lang; über 450 können ihn manche Empfänger nicht lesen.`,
  'spf-covers-our-servers': (f) => `Der SPF-Eintrag erlaubt unsere Server: ${f.list('addresses')}.`,
  'spf-misses-our-servers': (f) =>
    `Der SPF-Eintrag erlaubt unsere Server nicht (${f.list('results')}): über uns gesendete Nachrichten können abgelehnt werden.${publish(f.text('suggested'))}`,
  'spf-coverage-unchecked': (f) =>
    `Ob der SPF-Eintrag unsere Server ${f.list('addresses')} erlaubt, ließ sich nicht feststellen${behind(' (', f.text('reason'), ')')}.`,
  'dkim-found': (f) =>
    `DKIM-Schlüssel sind veröffentlicht (${f.list('selectors')}). Sicherstellen, dass alle Nachrichten signiert werden.`,
  'dkim-missing': () =>
    'Es gibt unter keinem Namen einen DKIM-Schlüssel: keine Nachricht der Domain kann signiert werden. DKIM einschalten und den Schlüssel veröffentlichen.',
  'dkim-not-seen': (f) =>
    `Unter ${f.size('selectors')} üblichen Namen wurde kein DKIM-Schlüssel gefunden. Werden Nachrichten signiert, den Selektor angeben (das s= im DKIM-Signature-Kopf); wenn nicht, DKIM einschalten.`,
  'dkim-unchecked': () => 'Nach DKIM-Schlüsseln konnte nicht gefragt werden.',
  'dkim-weak-key': (f) =>
    `Der DKIM-Schlüssel ${f.text('selector')} hat ${f.text('bits')} Bit: unter 1024 beachten Empfänger ihn nicht. Einen neuen mit 2048 anlegen.`,
  'dkim-short-key': (f) =>
    `Der DKIM-Schlüssel ${f.text('selector')} hat ${f.text('bits')} Bit; das gilt noch, heutiges Maß sind 2048. Einen neuen anlegen.`,
  'dkim-testing': (f) =>
    `Der DKIM-Schlüssel ${f.text('selector')} ist als Test gekennzeichnet (t=y): entfernen, sobald das Signieren klappt.`,
  'dkim-malformed': (f) => `Der DKIM-Schlüssel ${f.text('selector')} ist nicht lesbar; Signaturen damit schlagen fehl.`,
  'dkim-all-revoked': (f) => `Alle gefundenen DKIM-Schlüssel sind zurückgezogen (leeres p=): ${f.list('selectors')}.`,
  'dmarc-unchecked': (f) => `Der DMARC-Eintrag war nicht lesbar (${f.text('reason')}); bitte erneut fragen.`,
  'dmarc-missing': (f) =>
    `Es gibt keinen DMARC-Eintrag; Empfänger wissen nicht, was sie mit gefälschten Nachrichten tun sollen. Mit Beobachten beginnen:${behind(' _dmarc TXT ', f.text('suggested'))}`,
  'dmarc-several': (f) => `Es gibt ${f.text('count')} DMARC-Einträge; Empfänger beachten keinen davon. Einen behalten.`,
  'dmarc-misspelt': (f) =>
    `Dieser Eintrag sollte wohl DMARC sein und ist es nicht: "${f.text('record')}". Er muss mit "v=DMARC1;" beginnen.`,
  'dmarc-malformed': (f) => `Der DMARC-Eintrag hat Werte, die Empfänger nicht verstehen: ${f.list('tags')}.`,
  'dmarc-none': (f) =>
    `DMARC beobachtet nur (p=none): gefälschte Nachrichten werden weiter angenommen und an Sie zurückgemeldet. Zeigen die Berichte, dass Ihre eigenen Nachrichten bestehen, veröffentlichen:${behind(' ', f.text('suggested'))} und später p=reject.`,
  'dmarc-quarantine': (f) =>
    f.has('suggested')
      ? `DMARC legt gefälschte Nachrichten in den Spam-Ordner (p=quarantine). Sind die Berichte einige Wochen lang sauber, veröffentlichen: ${f.text('suggested')}`
      : 'DMARC legt gefälschte Nachrichten in den Spam-Ordner (quarantine); sind die Berichte sauber, ist reject der nächste Schritt, einzutragen bei der übergeordneten Domain.',
  'dmarc-reject': () => 'DMARC bittet Empfänger, gefälschte Nachrichten abzulehnen (p=reject).',
  'dmarc-inherited': (f) =>
    `Es gilt die Regel von ${f.text('foundAt')}${behind(' (', f.text('effective'), ' für diese Domain)')}.`,
  'dmarc-partial': (f) =>
    `Die Regel gilt nur für ${f.text('percent')} Prozent der gefälschten Nachrichten (pct): auf 100 erhöhen.`,
  'dmarc-no-reports': (f) =>
    `DMARC hat keine Berichtsadresse: niemand sieht, wessen Nachrichten durchfallen. Ergänzen: ${f.text('suggested')}`,
  'dmarc-reports': (f) =>
    f.has('addresses')
      ? `DMARC-Berichte gehen an ${f.list('addresses')}. Bitte lesen.`
      : 'DMARC-Berichte gehen an eine Adresse, die diese Abschrift verdeckt. Im echten Eintrag so belassen.',
  'dmarc-reports-refused': (f) =>
    `Die Domain dieser Berichtsadressen hat nicht zugestimmt, daher werden keine Berichte dorthin gesendet: ${f.list('addresses')}.`,
  'dmarc-subdomains-weaker': (f) =>
    `Für Unterdomains gilt eine schwächere Regel (sp=${f.text('subdomainPolicy')}) als für die Domain (p=${f.text('policy')}): Fälscher werden erfundene Unterdomains benutzen.`,
  'catch-all-on': (f) =>
    `Die Domain nimmt Nachrichten an jede Adresse an (Catch-all): ${f.text('localParts')} erfundene Namen wurden angenommen${behind(' seit ', f.time('since'))}${behind(', zum Beispiel ', f.list('examples', 3))}. Abschalten und nur die benutzten Adressen behalten: Meldungen an erfundene Namen bleiben dann draußen.`,
  'backscatter-received': (f) =>
    `${f.text('messages')} Meldungen zu Nachrichten, die uns nie verlassen haben, kamen herein${behind(' seit ', f.time('since'))}${behind(', von ', f.list('reporters', 3))}.`,
}
