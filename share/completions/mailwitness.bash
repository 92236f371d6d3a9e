# bash completion of mailwitness; written by scripts/share.mjs
_mailwitness() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} flags=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W 'abuse abuse:ack advise backscatter coverage doctor export forget help ingest prune report trace verdict verify --help --version' -- "$current"))
    return
  fi
  case "${COMP_WORDS[1]}:$previous" in
    abuse:--language) COMPREPLY=($(compgen -W 'en de' -- "$current")); return ;;
    advise:--language) COMPREPLY=($(compgen -W 'en de' -- "$current")); return ;;
    doctor:--platform) COMPREPLY=($(compgen -W 'cpanel directadmin debian postfix php' -- "$current")); return ;;
    export:--format) COMPREPLY=($(compgen -W 'ndjson' -- "$current")); return ;;
    ingest:--format) COMPREPLY=($(compgen -W 'auto exim postfix php-mail journal syslog access' -- "$current")); return ;;
    report:--compat) COMPREPLY=($(compgen -W 'pflogsumm eximstats' -- "$current")); return ;;
    report:--format) COMPREPLY=($(compgen -W 'text html json prom' -- "$current")); return ;;
    report:--language) COMPREPLY=($(compgen -W 'en de' -- "$current")); return ;;
    verdict:--audience) COMPREPLY=($(compgen -W 'customer abuse-desk' -- "$current")); return ;;
  esac
  case "${COMP_WORDS[1]}" in
    abuse) flags='--budget --config --db --exit-code --json --language --lines --no-lines --redact --no-redact --server --since --until --window --help' ;;
    abuse:ack) flags='--config --db --false --json --note --redact --no-redact --true --undo --help' ;;
    advise) flags='--config --db --dns-server --exit-code --json --language --network --no-network --redact --no-redact --selector --zone --help' ;;
    backscatter) flags='--config --db --dns-server --dnsbl --domain --json --redact --no-redact --server --since --until --help' ;;
    coverage) flags='--config --db --json --redact --no-redact --server --help' ;;
    doctor) flags='--anchor --check --config --db --full --json --platform --rebuild --redact --no-redact --help' ;;
    export) flags='--address --config --db --format --json --redact --no-redact --server --since --until --help' ;;
    forget) flags='--config --db --json --redact --no-redact --wait --help' ;;
    help) flags='--nested-commands -n --help' ;;
    ingest) flags='--config --db --follow --format --json --no-subjects --passwd --quiet -q --redact --no-redact --server --tz --wait --year --help' ;;
    prune) flags='--config --db --dry-run --json --keep --keep-counts --redact --no-redact --vacuum --wait --help' ;;
    report) flags='--compat --config --day --db --exit-code --format --json --language --mail --mail-to --output -o --quiet-if-fine --redact --no-redact --sendmail --server --since --until --help' ;;
    trace) flags='--config --db --evidence --json --limit --lines --no-lines --redact --no-redact --server --since --ticket --until --help' ;;
    verdict) flags='--at --audience --config --db --exit-code --from --json --language --lines --no-lines --message-id --queue-id --redact --no-redact --reply --since --subject --templates --ticket --to --until --help' ;;
    verify) flags='--config --db --json --redact --no-redact --with-database --help' ;;
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _mailwitness mailwitness
