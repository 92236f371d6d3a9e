# bash completion of mailwitness; written by scripts/share.mjs
_mailwitness() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} flags=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W 'coverage help ingest trace verdict --help --version' -- "$current"))
    return
  fi
  case "${COMP_WORDS[1]}:$previous" in
    ingest:--format) COMPREPLY=($(compgen -W 'auto exim postfix php-mail journal syslog access' -- "$current")); return ;;
    verdict:--audience) COMPREPLY=($(compgen -W 'customer abuse-desk' -- "$current")); return ;;
  esac
  case "${COMP_WORDS[1]}" in
    coverage) flags='--config --db --json --redact --no-redact --server --help' ;;
    help) flags='--nested-commands -n --help' ;;
    ingest) flags='--config --db --follow --format --json --passwd --quiet -q --redact --no-redact --server --tz --wait --year --help' ;;
    trace) flags='--config --db --json --limit --lines --no-lines --redact --no-redact --server --since --until --help' ;;
    verdict) flags='--at --audience --config --db --exit-code --from --json --language --lines --no-lines --message-id --queue-id --redact --no-redact --reply --since --subject --templates --to --until --help' ;;
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _mailwitness mailwitness
