#!/usr/bin/env bash
# Installs the real programs that tests stand on: system packages by apt (as root, where there is apt), Prefect, the AWS
# CLI and moto in virtual environments of this repository, .real/venv, .real/aws and .real/moto, and programs built from
# Go modules in .real/bin; cron and kubectl are only unpacked, into .real/cron and .real/kubectl. Safe to call again:
# does only what is missing. HOTPASS_REAL names another folder than .real.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
pins="$PWD/scripts/real-things.txt"
real="${HOTPASS_REAL:-$PWD/.real}"

# program=package
wanted=(
  sshd=openssh-server ssh=openssh-client ssh-keygen=openssh-client strace=strace ss=iproute2 ip=iproute2 zsh=zsh bash=bash
  ps=procps pgrep=procps script=bsdutils unshare=util-linux nsenter=util-linux mount=mount faketime=faketime lsof=lsof mandoc=mandoc curl=curl python3=python3 openssl=openssl
  go=golang-go
)

# What a program loads, as a pattern: file=package. The first is for logins with a password, the second a security key.
wanted_files=(
  '/usr/lib/*/pam_wrapper/pam_matrix.so=libpam-wrapper'
  '/usr/lib/openssh/regress/misc/sk-dummy/sk-dummy.so=openssh-tests'
)

say() { printf 'real things: %s\n' "$*"; }

has() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null; }

missing_packages() {
  local entry
  for entry in "${wanted[@]}"; do
    has "${entry%%=*}" || printf '%s\n' "${entry#*=}"
  done
  for entry in "${wanted_files[@]}"; do
    compgen -G "${entry%%=*}" >/dev/null || printf '%s\n' "${entry#*=}"
  done
  # Debian splits the part of Python that makes virtual environments off.
  if has python3 && ! python3 -c 'import ensurepip, venv' 2>/dev/null; then printf 'python3-venv\n'; fi
}

install_packages() {
  local packages
  mapfile -t packages < <(missing_packages | sort -u)
  if [ "${#packages[@]}" -eq 0 ]; then
    say "system programs are all there"
    return
  fi
  if [ "$(id -u)" -ne 0 ] || ! has apt-get; then
    say "missing, and only root can install it (with apt): ${packages[*]}"
    say "suites that need one of these are skipped and say so"
    incomplete=1
    return
  fi
  say "apt-get install ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # A policy of 101 keeps the new package from starting its service: tests start their own sshd.
  local policy=/usr/sbin/policy-rc.d made=0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made=1
  fi
  local failed=0
  apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null || failed=1
  if [ "$made" -eq 1 ]; then rm -f "$policy"; fi
  if [ "$failed" -eq 1 ]; then
    say "apt-get could not install ${packages[*]}"
    exit 1
  fi
  # Python may have come just now, without its venv part.
  mapfile -t packages < <(missing_packages | sort -u)
  if [ "${#packages[@]}" -gt 0 ]; then
    say "apt-get install ${packages[*]}"
    apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
  fi
}

install_prefect() {
  local stamp="$real/venv/.pins"
  if [ -x "$real/venv/bin/prefect" ] && cmp -s "$pins" "$stamp"; then
    say "Prefect is there: $("$real/venv/bin/prefect" --version 2>/dev/null | tail -n 1)"
    return
  fi
  if ! has python3 || ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    say "Prefect needs python3 with venv; suites that need it are skipped and say so"
    incomplete=1
    return
  fi
  say "installing Prefect into $real/venv (a minute or two)"
  rm -rf "$real/venv"
  mkdir -p "$real"
  python3 -m venv "$real/venv"
  "$real/venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$pins" prefect
  # A server that cannot even be imported would only fail in the tests, far from its cause.
  PREFECT_HOME="$real/home" DO_NOT_TRACK=1 "$real/venv/bin/python" -c 'import prefect.server.api.server'
  rm -rf "$real/home"
  cp "$pins" "$stamp"
  say "Prefect is there: $("$real/venv/bin/prefect" --version 2>/dev/null | tail -n 1)"
}

# Not installed: a test needs the program, and nobody needs its service here, or another package has its name.
unpack() { # NAME PROGRAM PACKAGE
  local program="$real/$1/$2" folder
  if [ -x "$program" ]; then
    say "$1 is there"
    return
  fi
  if ! has apt-get || ! has dpkg; then
    say "$1 is taken from a Debian package; suites that need it are skipped and say so"
    incomplete=1
    return
  fi
  say "unpacking $1 into $real/$1"
  folder="$(mktemp -d)"
  chmod 755 "$folder"
  (cd "$folder" && apt-get download -qq "$3")
  mkdir -p "$real/$1"
  dpkg -x "$folder/$3"_*.deb "$real/$1"
  rm -rf "$folder"
}

# Installs one program of PyPI, with exactly the pinned versions, into a virtual environment of its own.
install_python_program() { # NAME FOLDER PINS REQUIREMENT PROGRAM
  local stamp="$real/$2/.pins" pins="$PWD/scripts/$3"
  if [ -x "$real/$2/bin/$5" ] && cmp -s "$pins" "$stamp"; then
    say "$1 is there"
    return
  fi
  if ! has python3 || ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    say "$1 needs python3 with venv; suites that need it are skipped and say so"
    incomplete=1
    return
  fi
  say "installing $1 into $real/$2"
  rm -rf "${real:?}/$2"
  mkdir -p "$real"
  python3 -m venv "$real/$2"
  "$real/$2/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$pins" "$4"
  cp "$pins" "$stamp"
}

# Builds one program once for each state of its sources. Versions and checksums of all modules are in FOLDER/go.sum.
build_go_program() { # NAME FOLDER PACKAGE
  local program="$real/bin/$1" stamp="$real/bin/.$1.sources" sources
  sources="$(cd "$2" && cksum -- *)"
  if [ -x "$program" ] && [ -f "$stamp" ] && [ "$sources" = "$(cat "$stamp")" ]; then
    say "$1 is there"
    return
  fi
  if ! has go; then
    say "$1 is built by go; suites that need it are skipped and say so"
    incomplete=1
    return
  fi
  if [ -z "$go_cache" ]; then
    go_cache="$(mktemp -d)"
  fi
  say "building $1 with $(go env GOVERSION) (a minute or two)"
  mkdir -p "$real/bin"
  # Without C, so that no compiler for it is needed, and with nothing of what somebody has set for go but the proxy.
  (cd "$2" && env CGO_ENABLED=0 GOFLAGS='-mod=readonly -modcacherw -trimpath -buildvcs=false' GOWORK=off \
    GOPATH="$go_cache/path" GOMODCACHE="$go_cache/modules" GOCACHE="$go_cache/build" go build -o "$program.new" "$3") 2>"$go_cache/log" ||
    { cat "$go_cache/log" >&2; exit 1; }
  # Somebody may be running the old one.
  mv "$program.new" "$program"
  printf '%s\n' "$sources" >"$stamp"
}

install_go_programs() {
  build_go_program session-manager-plugin scripts/go/plugin github.com/aws/session-manager-plugin/src/sessionmanagerplugin-main
  build_go_program smux-peer test/real/smux-peer .
}

incomplete=0
go_cache=''
trap 'rm -rf "${go_cache:-}"' EXIT
install_packages
unpack cron usr/sbin/cron cron
unpack kubectl usr/bin/kubectl kubernetes-client
install_prefect
install_python_program 'the AWS CLI' aws aws-cli.txt awscli aws
install_python_program moto moto moto.txt 'moto[server]' moto_server
install_go_programs
if [ "$incomplete" -eq 1 ]; then exit 1; fi
say "complete"
