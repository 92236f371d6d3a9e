/** Header and report field names that tell a header from prose, by the document that defines them. */

const HEADER = `received return-path message-id message_id x-original-message-id from to cc bcc sender reply-to subject date mime-version
 content-type content-transfer-encoding content-disposition content-description content-id content-language x-mailer user-agent references
 in-reply-to delivered-to envelope-to delivery-date x-original-to errors-to dkim-signature domainkey-signature authentication-results
 arc-seal arc-message-signature arc-authentication-results received-spf x-received list-id list-unsubscribe list-post list-help
 list-subscribe precedence auto-submitted x-auto-response-suppress importance priority x-priority x-msmail-priority x-mimeole thread-topic
 thread-index x-spam-status x-spam-flag x-spam-score x-spam-level x-virus-scanned x-originating-ip x-sender-ip x-sender x-source
 x-source-args x-source-dir x-antiabuse x-php-script x-php-originating-script x-authenticated-sender x-get-message-sender-via
 x-authenticated-by x-authenticated-user x-ppp-message-id x-ppp-vhost x-failed-recipients x-loop x-autoreply x-vacation resent-from
 resent-to resent-date resent-message-id organization feedback-id x-ms-exchange-message-is-ndr x-ms-exchange-organization-authas
 x-report-abuse x-abuse-reports-to x-exim-id x-mimetrack x-sieve x-forwarded-for x-forwarded-to x-forwarded-message-id x-local-domain
 x-email-count x-http-referer x-script-path x-bwhitelist x-exim-version disposition-notification-to return-receipt-to`
const DSN = `reporting-mta arrival-date original-envelope-id dsn-gateway received-from-mta x-postfix-queue-id x-postfix-sender
 final-recipient original-recipient x-actual-recipient action diagnostic-code remote-mta last-attempt-date will-retry-until final-log-id
 x-display-name x-supplementary-info x-outbound-smtp-ip x-sendmail-queue-id`
const ARF = `feedback-type original-mail-from original-rcpt-to source-ip received-date reported-domain reported-uri incidents
 removal-recipient auth-failure delivery-result original-email-address abuse-type source-port source abuse-type`
const MDN = 'disposition reporting-ua mdn-gateway original-message-id'
/** Names that stand in headers and in reports alike. */
const EITHER = 'original-recipient source status version user-agent authentication-results error warning failure'

export type FieldClass = 'header' | 'report' | 'either'

const words = (text: string): string[] => text.split(/\s+/)
const CLASSES = new Map<string, FieldClass>([
  ...words(HEADER).map((name) => [name, 'header'] as const),
  ...words(`${DSN} ${ARF} ${MDN}`).map((name) => [name, 'report'] as const),
  ...words(EITHER).map((name) => [name, 'either'] as const),
])

/** Is this (lower-case) name one that mail systems write? Names of `X-PPP-` and `X-PHP-` families count too. */
export function isKnownField(name: string): boolean {
  return CLASSES.has(name) || name.startsWith('x-ppp-') || name.startsWith('x-php-') || name.startsWith('x-antiabuse')
}

/** The class of a lower-case name; unknown names are of either class. */
export function fieldClass(name: string): FieldClass {
  const known = CLASSES.get(name)
  if (known) return known
  return name.startsWith('content-') || name.startsWith('x-p') ? 'header' : 'either'
}

const isOneOf = (list: string): ((name: string) => boolean) => {
  const names = new Set(words(list))
  return (name) => names.has(name)
}
export const isDsnField = isOneOf(DSN)
export const isArfField = isOneOf(ARF)
export const isMdnField = isOneOf(MDN)
