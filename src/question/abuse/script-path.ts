/** What a script's path says by itself: an unlikely place for code that mails, list software, or a known script that moved. */

/** Folders that hold data, not code: a PHP file there was most likely put there by an intruder. */
const DATA_FOLDER =
  /\/(?:uploads?|images?|img|pics?|photos?|gallery|media|files?|css|fonts?|js|cache|tmp|temp|sess(?:ions?)?|logs?|backups?|\.well-known|cgi-bin)\//i
const HIDDEN_FOLDER = /\/\.[^/]+\//
/** A theme's 404 page and kin are templates; a web shell's favourite homes. Plugins named hello-* imitate the stock one. */
const SHELL_HOME =
  /\/wp-content\/themes\/[^/]+\/404\.php$|\/wp-content\/plugins\/hello-[^/]+\/|\/wp-includes\/(?!(?:pluggable|functions|class-[^/]*mail[^/]*)\.php$|PHPMailer\/)/i
const TEMPORARY = /^(?:\/tmp|\/var\/tmp|\/dev\/shm)\//
const DOUBLE_EXTENSION = /\.(?:jpe?g|png|gif|ico|txt|css|html?)\.ph(?:p\d?|tml)$|\.ph(?:p\d|t|tml)$/i

/** True where a script that sends mail is itself a sign of an intruder. Scripts below public_html/cgi-bin may be old CGI forms: PHP only. */
export function isRiskyPath(path: string): boolean {
  if (TEMPORARY.test(path) || DOUBLE_EXTENSION.test(path)) return true
  if (HIDDEN_FOLDER.test(path) || SHELL_HOME.test(path)) return true
  return DATA_FOLDER.test(path)
}

const LIST_SOFTWARE =
  /newsletter|acymailing|mailpoet|phplist|\/lists\/|mailman|sympa|listserv|mailster|sendy|mautic|campaign|subscri|wp-cron\.php|(?:^|\/)(?:nl|mailing)\//i

/** True where the path is that of known list software. It explains a first issue; it excuses no bad list. */
export function isListSoftware(path: string): boolean {
  return LIST_SOFTWARE.test(path)
}

const MAIL_LIBRARY =
  /(?:^|[/:])(?:class[.-](?:php)?(?:mailer|smtp|pop3)|phpmailer(?:autoload)?|smtp|mailer|(?:native)?mail(?:er)?handler|sendmailtransport|swift_[a-z_]+|esmtptransport)\.php$/i

/** True where the file is a mail library's: it says who called mail(), not which script of the account wanted to send. */
export function isMailLibrary(path: string): boolean {
  return MAIL_LIBRARY.test(path)
}

const VERSION_FOLDER = /\d{2,}|^v?\d+(?:\.\d+)*$|current|release/i

/**
 * True where `now` is most likely `before` after its document root moved: the same path but for one folder, which is either the one
 * below the home folder (`public_html` -> `www_new`) or a versioned one (`releases/20260101`).
 */
export function isMovedScript(before: string, now: string): boolean {
  if (before === now) return false
  const a = before.split('/')
  const b = now.split('/')
  if (a.length !== b.length || a.length < 5) return false
  let differs = -1
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue
    if (differs >= 0) return false
    differs = i
  }
  if (differs < 3 || differs === a.length - 1) return false
  if (differs === 3) return true
  return VERSION_FOLDER.test(a[differs] ?? '') && VERSION_FOLDER.test(b[differs] ?? '')
}
