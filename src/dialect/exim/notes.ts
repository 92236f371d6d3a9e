/** Texts of Exim whose meaning is known and that decide nothing: notes about a message, and lines of sessions and daemons. */

/** After an ID: kept as text beside the message. */
const ABOUT_MESSAGE =
  /^(?:Warning: |WARNING: |timed out |home directory |bounce_message_file |\S*tainted |re-exec of |<.*>: \S+ transport output|DKIM: |DKIM-|DMARC|ARC|SPF|DANE|PRDR |TLS |SSL |TLSA |Tainted |LOG: |peer close after all rcpt|no immediate delivery|Spool file |spool file |Spoolfile |spoolfile |Format error in spool|failed to |Failed to |unable to |Unable to |could not |cannot |Cannot |error while |Error while |error in |Error in |no recipients|original recipients ignored|moved from |moved to |queued by |queueing |retry time |Retry time |delivery |Delivery |\S+ router: (?:skipped|defer|fail)|\S+ transport:? |process |qualify\/rewrite|rewritten |rewrite|"\S*" rewritten|\S+(?: \S+)? from .* rewritten as |skipped|discarded|message |Message |malware |spam |clamd|routing |Remote host|remote host|host |H=|ident |DSN|body edited|bounce |SMTP (?:error|timeout|connection|data|command|protocol|syntax)|LMTP |LOST|lost |Continued |continued |conversion |acl |ACL |mime |MIME |local_scan|Recipient |recipient |recipients |sender |Sender |dropping |deferred |hosts |all hosts |lookup |tls |\[\S*\] (?:SSL|TLS)|rejected |temporarily |removed|writing |renamed|Renaming |\*\*\* |peer |session |authenticated |Authentication-Results|Exim |exim |PANIC |pipe |queue |Redirect|redirect|relay |system filter|filter |User |Domain |Script |(?:\S+ )?(?:daily|hourly|monthly) )/

/** True where the text after an ID is known to be only a note. */
export const isNote = (text: string): boolean => ABOUT_MESSAGE.test(text)

const CONNECTION =
  /^(?:SMTP connection |SMTP (?:command|data) timeout|SMTP protocol |SMTP syntax |SMTP call from |SMTP error from |unexpected disconnection|no MAIL in |TLS error on connection|TLS session|TLS client|TLS connection|TLS-|\(?TLS|Connection from |connection from |no host name found|no IP address found|ident connection|ident callback|lookup of host|host name alias|\S+ does not match any IP address|Warning: DNS lookup|incomplete transaction|lost |ignoring AUTH=|syntax error|too many |(?:QUIT|RSET|VRFY|EXPN|ETRN|NOOP|HELP|STARTTLS)\b|SSL |\[\S*\] SSL verify|no shared cipher|hello |auth_|LMTP |remote host address is|proxy |Proxy |XCLIENT )/

const RUNNING =
  /^(?:Start (?:\S+ )?(?:ODMR )?queue run|End (?:\S+ )?queue run|Abandon queue run|queue run: |Exim configuration error|Warning: |SIGHUP received|SIGTERM |SIGINT |pid \d+: |daemon |exim |exim: |Exim |warning: |spool |Spool |retry |lock |failed to |Failed to |unable to |Unable to |cannot |Cannot |could not |Could not |socket |bind|listen|accept|forking|fork |created |ratelimit|unlink|Retrying |log |Log |DANE |DKIM:? |DMARC |ARC |MySQL|PgSQL|pgsql|sqlite|dovecot |LDAP|ldap|using queue |open of |no such|\S+ (?:option|setting)|check_mail_permissions|cwd |Suggested action|Ignoring |ignoring |the option |Support for |deprecated |Error |error |auth |rewrite |\*\*\* |Tainted |WARNING: |timed out |exec of |"\w+" verb not allowed|ACL for |configured error code|EHLO\/HELO response|\S+ authenticator \(|queue_only|deliver_|received signal|Continued |continued |(?:Host|host|Sender|Recipient|Relay|relay|User|Domain) )/

/** A line without an ID that an SMTP session or a client process wrote. */
export const isConnectionNote = (text: string): boolean => CONNECTION.test(text)

/** A line without an ID that speaks of Exim itself: its daemon, configuration, spool or lookups. */
export const isRunningNote = (text: string): boolean => RUNNING.test(text)
