/** Deutsch: die Antwort an einen Kunden, der nichts über E-Mail-Technik weiß. Einfache Worte, keine fremden persönlichen Daten. */

import {behind} from '../facts.js'
import type {CustomerWording} from '../wording.js'

const MONTHS = 'Januar Februar März April Mai Juni Juli August September Oktober November Dezember'.split(' ')

const yours = (address: string): string => (address === '' ? 'Ihre Adresse' : `Ihre Adresse ${address}`)

const stopper = (site: string, host: string): string =>
  site === ''
    ? `der Betreiber von ${host || 'jenem Rechner'}`
    : `der Betreiber der Website ${site}${behind(' oder der des Rechners ', host)}`

export const customer: CustomerWording = {
  greeting: 'Guten Tag,\n\nvielen Dank, dass Sie uns diese Nachricht gemeldet haben. Wir haben sie geprüft.',
  time: ({day, month, year, clock, zone}) => `${day}. ${MONTHS[month] ?? ''} ${year} um ${clock} Uhr (${zone})`,
  shortAnswer: {
    left: (f) =>
      `Kurz gesagt: Diese Nachricht wurde tatsächlich über unsere Mailserver gesendet${behind(', am ', f.time('arrivedAt'))}. Unten lesen Sie, wie es dazu kam und was jetzt zu tun ist.`,
    forwarded: (f) =>
      `Kurz gesagt: Diese Nachricht wurde nicht auf unseren Servern geschrieben. Sie kam von außen für ${f.text('original') || 'eine Ihrer Adressen'}, und unser Server hat sie weitergegeben, so wie es die Weiterleitung dieser Adresse verlangt.`,
    'delivered-here': () =>
      'Kurz gesagt: Diese Nachricht wurde in ein Postfach bei uns gelegt. Sie wurde an niemanden außerhalb gesendet.',
    'rejected-here': () =>
      'Kurz gesagt: Jemand wollte diese Nachricht bei unseren Mailservern abgeben, und unsere Server haben sie abgelehnt. Sie wurde weder zugestellt noch weitergegeben.',
    queued: () =>
      'Kurz gesagt: Unsere Mailserver haben die Nachricht angenommen, sie ist aber noch nicht zugestellt. Sie wartet, und unsere Server versuchen es weiter.',
    'not-delivered': () =>
      'Kurz gesagt: Die Nachricht wurde unseren Mailservern übergeben, aber niemand außerhalb hat sie erhalten. Die Meldung, die Sie bekommen haben, stammt von unserem eigenen Server und teilt Ihnen das mit.',
    'never-here': (f) =>
      `Kurz gesagt: Diese Nachricht wurde nicht aus Ihrem Postfach gesendet und war nie auf unseren Mailservern. Jemand anderes hat ${yours(f.text('address'))} als Absender daraufgeschrieben, so wie jeder einen falschen Absender auf einen Briefumschlag schreiben kann. Als die Nachricht abgelehnt wurde, ging die Meldung darüber an die Adresse, die darauf stand: Ihre.`,
    inconclusive: () =>
      'Kurz gesagt: Mit dem, was uns bisher vorliegt, können wir nicht sicher sagen, ob diese Nachricht über unsere Server gesendet wurde. Wir möchten nicht raten; unten lesen Sie, was noch fehlt.',
    'not-a-bounce': () =>
      'Kurz gesagt: Dies ist keine Meldung über eine unzustellbare Nachricht. Es ist eine gewöhnliche oder automatische Nachricht; in unseren Aufzeichnungen gibt es dazu nichts zu suchen.',
  },
  whoSent: {
    'web-script': (f) =>
      `Gesendet hat sie ein Programm der Website${behind(' (', f.text('scriptName'), ')')}, zum Beispiel ein Kontaktformular${behind(', im Konto ', f.text('account'))}. Solche Programme werden oft von Fremden missbraucht; dafür braucht niemand ein Passwort.`,
    customer: (f) =>
      `Gesendet wurde sie mit der Anmeldung ${f.text('login') || 'Ihres Postfachs'}, so wie diese Anmeldung auch sonst sendet. Gesendet haben sie also Sie selbst, jemand, der diese Anmeldung mit Ihnen benutzt, oder ein Schadprogramm auf einem Rechner, der das Passwort kennt. Unsere Aufzeichnungen können das nicht unterscheiden.`,
    'customer-machine': (f) =>
      `Gesendet wurde sie mit der Anmeldung ${f.text('login') || 'Ihres Postfachs'} über den Internetanschluss, den Sie auch sonst benutzen, aber zusammen mit weit mehr Nachrichten als üblich. Sehr oft ist ein Schadprogramm auf einem Rechner die Ursache.`,
    'account-compromised': (f) =>
      `Gesendet wurde sie mit der Anmeldung ${f.text('login') || 'Ihres Postfachs'}, innerhalb kurzer Zeit von vielen verschiedenen Orten. Das ist ein deutliches Zeichen, dass Fremde das Passwort kennen.`,
    'local-user': (f) =>
      `Gesendet wurde sie auf dem Server selbst vom Benutzer ${f.text('account') || 'Ihres Kontos'}, zum Beispiel durch eine zeitgesteuerte Aufgabe.`,
    forwarder: () => 'Eine Weiterleitung hat sie weitergegeben.',
    inbound: () => 'Sie kam von außen.',
    'forged-sender': () => 'Jemand anderes hat die Adresse als Absender benutzt.',
    unknown: () => 'Welches Programm oder welche Anmeldung sie gesendet hat, konnten wir noch nicht feststellen.',
  },
  whatHappened: 'Was geschehen ist',
  story: {
    'foreign-host': (f) =>
      `Die Nachricht entstand${behind(' am ', f.time('at'))} auf einem Rechner mit dem Namen ${f.text('host')}. Dieser Rechner gehört nicht zu uns.`,
    'foreign-script': (f) =>
      `Laut der Meldung entstand sie dort durch ${f.has('site') ? `ein Formular der Website ${f.text('site')}` : 'ein Formular einer Website'}. Jemand hat dieses Formular ausgefüllt und Ihre Adresse angegeben, als wäre es die eigene. Meist sind das keine Menschen, sondern Programme, die überall im Internet Formulare ausfüllen, um Werbung zu verbreiten.`,
    'rejected-there': () =>
      'Jener Rechner hat dann selbst erkannt, dass die Nachricht Spam ist, und sie angehalten. Die Meldung darüber ging an die Adresse, die darauf stand: Ihre.',
    'forged-hop': () =>
      'Die Nachricht behauptet, über einen unserer Server gelaufen zu sein. Unsere Aufzeichnungen zeigen, dass das nicht stimmt: Diese Angabe hat jemand erfunden.',
    'copied-header': () =>
      'Die Nachricht trägt die Nummer einer echten Nachricht von uns. Unsere Aufzeichnungen zeigen, dass die echte eine andere war: Jemand hat die Nummer abgeschrieben.',
    'forwarded-by': (f) =>
      `Die Weiterleitung${behind(' von ', f.text('original'))} gibt eingehende Nachrichten an ${f.text('recipient') || 'eine andere Adresse'} weiter.`,
    'remote-accepted': (f) =>
      `Der Mailserver des Empfängers (${f.text('remoteHost') || 'außerhalb'}) hat die Nachricht angenommen${behind(', am ', f.time('at'))}.`,
    'remote-refused': (f) =>
      `Der Mailserver des Empfängers${behind(' (', f.text('remoteHost'), ')')} hat die Nachricht abgelehnt${behind('. Er sagte: "', f.text('reply'), '"')}.`,
    queued: (f) =>
      `Die Nachricht wartet auf unserem Server${behind('. Die letzte Antwort der Gegenseite war: "', f.text('reply'), '"')}.`,
    'rejected-here': (f) =>
      `Unser Server hat sie abgelehnt${behind(', am ', f.time('at'))}${behind('. Er sagte: "', f.text('reply'), '"')}.`,
    'removed-by-admin': () => 'Wir haben sie aus der Warteschlange genommen, bevor sie zugestellt wurde.',
    discarded: () => 'Ein Schutz auf unserem Server hat sie angehalten und gelöscht, bevor sie zugestellt wurde.',
    'local-only': () => 'Sie wurde in ein Postfach bei uns gelegt.',
    'login-many-networks': (f) =>
      `Die Anmeldung ${f.text('login')} wurde aus ${f.text('networks')} verschiedenen Netzen benutzt.`,
    'volume-abnormal': (f) =>
      `In dieser Zeit wurden auf diesem Weg ${f.text('messages')} Nachrichten gesendet${f.has('usual') ? `; am stärksten Tag davor waren es ${f.text('usual')}` : ''}.`,
    gap: () => 'Für einen Teil der fraglichen Zeit sind unsere Aufzeichnungen nicht vollständig.',
    'server-without-logs': () => 'Die Aufzeichnungen eines unserer Server liegen noch nicht vor.',
    'no-logs': () => 'Die Aufzeichnungen liegen noch nicht vor.',
    unreadable: () => 'Ein Teil unserer Aufzeichnungen war nicht lesbar.',
    'unknown-lines': () => 'Einen Teil unserer Aufzeichnungen konnte unser Programm nicht verstehen.',
    'keys-hidden': () =>
      'In der Meldung, die Sie uns geschickt haben, sind die Nummern und Adressen verdeckt, nach denen wir suchen könnten.',
    'message-nearby': () => 'Wir kennen eine sehr ähnliche Nachricht, aber die Nummer in der Meldung ist eine andere.',
    'no-strong-key': () => 'Die Meldung enthält keine Nummer, mit der sich die Nachricht sicher finden lässt.',
    'no-original': () => 'Die Meldung enthält die technischen Zeilen (Kopfzeilen) der ursprünglichen Nachricht nicht.',
    'bypassed-mta': () =>
      'Die Gegenseite hat eine unserer Internetadressen gesehen, aber unsere Mailserver haben keine Aufzeichnung der Nachricht. Wir gehen dem vorrangig nach.',
    vacation: () => 'Es ist eine automatische Abwesenheitsnachricht.',
    challenge: () =>
      'Sie bittet Sie zu bestätigen, dass Sie eine Nachricht geschrieben haben. Haben Sie dieser Person nicht geschrieben, bestätigen Sie bitte nicht.',
    'read-receipt': () => 'Sie bestätigt, dass jemand eine Nachricht geöffnet hat.',
    'list-mail': () => 'Sie kommt von einer Mailingliste.',
  },
  howWeKnow: 'Woher wir das wissen',
  searched: (f) =>
    `Unsere Mailserver zeichnen jede Nachricht auf, die sie bearbeiten. Wir haben diese Aufzeichnungen auf allen unseren Mailservern durchsucht${behind(', vom ', f.time('from'))}${behind(' bis zum ', f.time('to'))}. Sie sind für diese Zeit vollständig, und die Nachricht steht nicht darin.`,
  searchedInPart: (f) =>
    `Wir haben die Aufzeichnungen unserer Mailserver durchsucht${behind(', vom ', f.time('from'))}${behind(' bis zum ', f.time('to'))}; sie decken aber nicht alles ab, was abgedeckt sein müsste.`,
  foundIt: (f) =>
    `Unsere Mailserver zeichnen jede Nachricht auf, die sie bearbeiten, und diese steht darin${behind(' unter der Nummer ', f.text('queueId'))}.`,
  yourAccount: {
    left: () => '',
    forwarded: () => 'Nichts deutet darauf hin, dass Fremde Ihr Passwort kennen.',
    'delivered-here': () => '',
    'rejected-here': () => 'Nichts deutet darauf hin, dass Fremde Ihr Passwort kennen.',
    queued: () => '',
    'not-delivered': () => '',
    'never-here': () =>
      'Nichts in dieser Meldung deutet darauf hin, dass jemand in Ihr Postfach oder Ihren Rechner eingedrungen ist oder Ihr Passwort kennt. Wegen dieser Meldung brauchen Sie Ihr Passwort nicht zu ändern.',
    inconclusive: () => 'Bis das geklärt ist, gibt es keinen Anlass zur Sorge, aber auch keinen, etwas auszuschließen.',
    'not-a-bounce': () => '',
  },
  accountByCause: {
    'web-script': () =>
      'Ihr Passwort ist hier nicht das Problem; solange das Formular so bleibt, kann es aber wieder geschehen.',
    customer: () => 'Haben Sie oder Ihre Leute die Nachricht gesendet, ist alles in Ordnung.',
    'customer-machine': () =>
      'Bitte handeln Sie bald: Solange die Ursache nicht behoben ist, können weitere Nachrichten in Ihrem Namen gesendet werden.',
    'account-compromised': () =>
      'Bitte ändern Sie das Passwort noch heute; bis dahin können weitere Nachrichten in Ihrem Namen gesendet werden.',
    'local-user': () => '',
    forwarder: () => '',
    inbound: () => '',
    'forged-sender': () => '',
    unknown: () => '',
  },
  whatToDo: 'Was Sie tun können',
  todo: {
    'ask-full-headers': () =>
      'Bitte schicken Sie uns die ursprüngliche Meldung noch einmal als Anhang: die Nachricht als Datei speichern (oft "Speichern unter" oder ".eml") und diese Datei an Ihre Antwort anhängen. Beim Kopieren des Textes gehen die technischen Zeilen verloren, die wir brauchen.',
    'delete-it': () =>
      'Sie können die Meldung löschen. Bitte klicken Sie nichts darin an und antworten Sie nicht darauf.',
    'complain-to-host': (f) =>
      `Wenn Sie mehr tun möchten: ${stopper(f.text('site'), f.text('host'))} kann den Missbrauch abstellen.${f.has('queueId') ? ` Mit der Nummer ${f.text('queueId')}${behind(' und der Zeit ', f.time('at'))} lässt sich die Nachricht dort finden.` : ''}`,
    'advise-domain': (f) =>
      `Niemand kann ganz verhindern, dass andere einen falschen Absender auf eine Nachricht schreiben. Ihre Domain${behind(' ', f.text('domain'))} kann aber andere Mailserver bitten, solche Nachrichten gleich abzulehnen (die Einstellungen heißen SPF, DKIM und DMARC). Wir prüfen sie gern mit Ihnen; sagen Sie uns einfach Bescheid.`,
    'turn-off-catch-all': (f) =>
      `Ihre Domain${behind(' ', f.text('domain'))} nimmt Nachrichten an jede Adresse an, die sich jemand ausdenkt (eine "Catch-all"-Adresse). Wenn Sie das abschalten und nur die benutzten Adressen behalten, erreichen Sie weit weniger solche Meldungen.`,
    'refuse-unsigned-bounces': (f) =>
      `Wenn ${f.text('address') || 'die Adresse'} nur weiterleitet und nie zum Senden benutzt wird, können wir sie so einstellen, dass sie solche Meldungen nicht mehr annimmt. Sagen Sie uns einfach Bescheid.`,
    'repair-script': (f) =>
      `Bitte lassen Sie die Website reparieren${behind(' (', f.text('scriptName') || f.text('url'), ')')}: Software und Erweiterungen auf den neuesten Stand bringen, das Formular mit einem Captcha schützen und keine Kopien an Adressen senden lassen, die Besucher eintippen.`,
    'change-password': (f) =>
      `Bitte ändern Sie jetzt das Passwort von ${f.text('login') || 'Ihrem Postfach'}, und zwar in eines, das Sie nirgendwo sonst benutzen. Prüfen Sie danach, ob das Postfach Weiterleitungen oder Filter hat, die nicht von Ihnen sind.`,
    'clean-computer': () =>
      'Bitte lassen Sie alle Rechner und Telefone, die dieses Postfach benutzen, auf Schadprogramme prüfen, und ändern Sie danach das Passwort.',
    'check-with-customer': () =>
      'Bitte überlegen Sie, ob Sie oder jemand, der diese Anmeldung mit Ihnen benutzt, die Nachricht gesendet hat. Wenn nicht, ändern Sie das Passwort und sagen Sie uns Bescheid.',
    'check-forwarder': () =>
      'Wird auf diesem Weg zu viel Spam weitergegeben, ist ein Postfach statt der Weiterleitung die bessere Wahl. Wir helfen gern.',
    'wait-for-queue': () =>
      'Sie brauchen nichts zu tun: Unser Server versucht es von selbst weiter und meldet sich, wenn er aufgibt.',
    'read-remote-reply': () =>
      'Bitte vergleichen Sie die Adresse des Empfängers mit der Antwort der Gegenseite oben; oft ist es ein Tippfehler oder ein volles Postfach.',
  },
  closing:
    'Wenn etwas unklar ist oder weitere solche Meldungen kommen, antworten Sie einfach auf diese Nachricht. Wir helfen Ihnen gern.\n\nMit freundlichen Grüßen',
}
