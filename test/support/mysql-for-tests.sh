#!/usr/bin/env bash
# mysql-for-tests.sh FOLDER: puts MySQL from Debian's unstable suite into a folder, unless it is there, and prints the path of a program that starts it.
# Debian's stable suites have MariaDB only. Nothing of the system is changed: an apt of its own asks the mirror that the system's apt uses, and the
# packages are unpacked and not installed, with the C library that they were built for. 100 MB to fetch, 330 MB on the disk.
# Fails, with a reason, where there is no apt, no mirror, or no such package on this day.
set -euo pipefail
mkdir -p "$1"
folder=$(cd "$1" && pwd)
program=$folder/mysqld
if [[ ! -x $program ]]; then
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
  [[ -n $mirror ]] || { echo 'apt knows no mirror of Debian; run apt-get update first' >&2; exit 1; }
  apt=$folder/apt
  rm -rf "$apt" "$folder/root"
  mkdir -p "$apt"/{lists/partial,archives/partial} "$folder/root"
  : >"$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" >"$apt/sources.list"
  cat >"$apt/conf" <<CONF
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State::status "$apt/status";
Dir::State::lists "$apt/lists";
Dir::Cache "$apt";
Dir::Cache::archives "$apt/archives";
Acquire::Languages "none";
APT::Sandbox::User "";
CONF
  export APT_CONFIG=$apt/conf
  apt-get update -qq >&2
  # With an empty list of what is installed everything that it needs comes along.
  apt-get install -qq -y --no-install-recommends --download-only -o Debug::NoLocking=1 mysql-server-core >&2
  for package in "$apt"/archives/*.deb; do dpkg -x "$package" "$folder/root"; done
  rm -rf "$apt"
  loader=$(find "$folder/root/usr" -name 'ld-linux-*.so.*' -print -quit)
  libraries=$(dirname "$(find "$folder/root/usr/lib" -name 'libc.so.6' -print -quit)")
  cat >"$program.new" <<PROGRAM
#!/bin/sh
# The first option, --no-defaults, has to stay the first.
root="\$(dirname "\$(readlink -f "\$0")")/root/usr"
first=\$1; shift
exec "\$root/${loader#"$folder/root/usr/"}" --library-path "\$root/${libraries#"$folder/root/usr/"}" "\$root/sbin/mysqld" "\$first" \\
  --basedir="\$root" --lc-messages-dir="\$root/share/mysql" --plugin-dir="\$root/lib/mysql/plugin" --secure-file-priv=NULL "\$@"
PROGRAM
  chmod +x "$program.new"
  mv "$program.new" "$program"
fi
"$program" --no-defaults --version >&2
echo "$program"
