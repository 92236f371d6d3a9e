/** The lines of configuration that make answers stronger, word for word as docs/dialects has them (a test compares). */

const SELECTORS =
  'log_selector = +pid +arguments +subject +received_recipients +received_sender +sender_on_delivery +smtp_confirmation +msg_id_created +deliver_time +queue_time'

const PHP_HEADER = [
  '  warn condition = ${if or{{def:h_X-PHP-Originating-Script:}{def:h_X-PHP-Script:}}}',
  '       logwrite  = :main: PHP php=${quote:$h_X-PHP-Originating-Script:} url=${quote:$h_X-PHP-Script:} uid=$originator_uid rcpts=$recipients_count',
]

export interface ConfigBlock {
  readonly title: string
  /** Where the lines belong. */
  readonly place: string
  readonly lines: readonly string[]
}

export const CONFIG_LINES: Readonly<
  Record<'cpanel' | 'directadmin' | 'debian' | 'postfix' | 'php', readonly ConfigBlock[]>
> = {
  cpanel: [
    {
      title: 'cPanel',
      place: 'WHM, Exim Configuration Manager, Advanced Editor, main section',
      lines: [SELECTORS, 'log_timezone = yes'],
    },
    {title: 'cPanel', place: 'the same editor, box custom_begin_outgoing_notsmtp_checkall', lines: PHP_HEADER},
  ],
  directadmin: [
    {
      title: 'DirectAdmin',
      place: '/etc/exim.variables.conf.custom, then restart Exim',
      lines: [SELECTORS, 'log_timezone = yes'],
    },
    {title: 'DirectAdmin', place: 'at the start of the ACL that `exim -bP acl_not_smtp` names', lines: PHP_HEADER},
  ],
  debian: [
    {
      title: 'Debian',
      place: '/etc/exim4/conf.d/main/00_local_mailwitness',
      lines: [
        'MAIN_LOG_SELECTOR = +pid +arguments +subject +received_recipients +received_sender +sender_on_delivery +smtp_protocol_error +smtp_syntax_error +tls_certificate_verified +tls_peerdn',
        'log_timezone = yes',
        'acl_not_smtp = mailwitness_not_smtp',
      ],
    },
    {
      title: 'Debian',
      place: '/etc/exim4/conf.d/acl/90_local_mailwitness, then: update-exim4.conf && systemctl reload exim4',
      lines: ['mailwitness_not_smtp:', ...PHP_HEADER, '  accept'],
    },
  ],
  postfix: [
    {
      title: 'Postfix',
      place: '/etc/postfix/main.cf',
      lines: [
        'enable_long_queue_ids = yes',
        'smtp_send_xforward_command = yes',
        'header_checks = pcre:/etc/postfix/header_checks',
      ],
    },
    {
      title: 'Postfix',
      place: '/etc/postfix/header_checks',
      lines: [
        '/^X-PHP-Originating-Script:/ INFO',
        '/^X-PHP-Script:/             INFO',
        '/^Subject:/                  INFO',
      ],
    },
  ],
  php: [
    {title: 'PHP', place: 'php.ini, for the whole server', lines: ['mail.add_x_header = On', 'mail.log = syslog']},
    {
      title: 'PHP-FPM',
      place: "or the pool's file, where a site cannot change it",
      lines: ['php_admin_flag[mail.add_x_header] = on', 'php_admin_value[mail.log] = syslog'],
    },
  ],
}
