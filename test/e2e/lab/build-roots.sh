#!/bin/bash
# Builds the small Debian root trees the lab boots from (once; about 25 s each).
#   build-roots.sh CACHE NAME...      names: exim496 exim498 postfix37 postfix310
# Needs root, mmdebstrap and Debian's archive. A root that is there already is kept.
set -euo pipefail
CACHE=$1
shift
# the archives that this machine's own apt uses, unless named
uri() {
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' | awk -v s="$1" '$1 ~ s {print $2; exit}' | sed 's#/$##'
}
MIRROR=${MAILWITNESS_E2E_MIRROR:-$(uri '^[a-z]+$')}
SECURITY=${MAILWITNESS_E2E_SECURITY:-$(uri '-security$')}
MIRROR=${MIRROR:-http://deb.debian.org/debian}
SECURITY=${SECURITY:-http://deb.debian.org/debian-security}
COMMON=php-cli,rsyslog,procps,openssl,tzdata,ca-certificates
mkdir -p "$CACHE"

build() { # build NAME SUITE PACKAGES [PATTERN-FROM-BACKPORTS]
  local name=$1 suite=$2 packages=$3 backports=${4:-} dir=$CACHE/$1 list hook=true
  if [ -e "$dir/.complete" ]; then
    return
  fi
  rm -rf "$dir"
  list=$(mktemp)
  {
    echo "deb $MIRROR $suite main"
    echo "deb $MIRROR $suite-updates main"
    echo "deb $SECURITY $suite-security main"
    if [ -n "$backports" ]; then echo "deb $MIRROR $suite-backports main"; fi
  } >"$list"
  if [ -n "$backports" ]; then
    hook="printf 'Package: $backports\nPin: release n=$suite-backports\nPin-Priority: 990\n' > \"\$1/etc/apt/preferences.d/backports\""
  fi
  mmdebstrap --quiet --mode=root --variant=minbase --include="$packages,$COMMON" \
    --setup-hook="mkdir -p \"\$1/etc/apt/preferences.d\"; $hook" \
    --essential-hook='echo "postfix postfix/main_mailer_type select No configuration" | chroot "$1" debconf-set-selections' \
    --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' "$suite" "$dir" "$list"
  rm -f "$list"
  : >"$dir/.complete"
}

for name in "$@"; do
  case $name in
    exim496) build "$name" bookworm exim4-daemon-heavy ;;
    exim498) build "$name" bookworm exim4-daemon-heavy 'exim4*' ;;
    postfix37) build "$name" bookworm postfix,sasl2-bin,libsasl2-modules ;;
    postfix310) build "$name" bookworm postfix,sasl2-bin,libsasl2-modules 'postfix*' ;;
    *) echo "unknown root $name" >&2; exit 1 ;;
  esac
  echo "$name: $(chroot "$CACHE/$name" dpkg-query -W -f '${Package} ${Version}  ' exim4-daemon-heavy postfix php-cli 2>/dev/null | sed 's/postfix  *$//')"
done
