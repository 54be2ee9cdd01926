#!/usr/bin/env bash
# s3-for-tests.sh FOLDER: builds a server that speaks S3 into a folder, unless it is there, and prints its path.
# It is versitygw, in front of a folder; which, and with what, byte for byte, say s3/go.mod and s3/go.sum beside this file. Nothing of the system is
# changed. Where there is no Go, or an old one, it is fetched into the folder too, from the proxy that GOPROXY names, which takes curl and unzip. Takes some
# 60 MB to fetch, 70 MB more for Go, and a minute or two of two cores. Fails, with a reason, where something is missing or cannot be fetched.
set -euo pipefail
PATH=$PATH:/usr/local/go/bin
modules=$(cd "$(dirname "${BASH_SOURCE[0]}")/s3" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)

# What go.mod asks for; an older one would fetch it by itself, if it is not too old for that.
has_go() { command -v go >/dev/null && [[ $(GOTOOLCHAIN=local go env GOVERSION) =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 25)); }

fetch_go() {
  local machine sum name
  case $(uname -m) in
    x86_64) machine=amd64 sum=30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7 ;;
    aarch64) machine=arm64 sum=02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99 ;;
    *) echo "Go is not installed, and there is none to fetch for $(uname -m)" >&2; exit 1 ;;
  esac
  [[ ${GOPROXY:-} == http* ]] || { echo 'Go is not installed: install 1.25 or newer, or set GOPROXY to the proxy of modules from which it is to be fetched' >&2; exit 1; }
  command -v curl >/dev/null && command -v unzip >/dev/null || { echo 'Go is not installed; to fetch it takes curl and unzip' >&2; exit 1; }
  name=v0.0.1-go1.26.8.linux-$machine
  curl --silent --show-error --fail --location --max-time 300 --output "$folder/go.zip" "${GOPROXY%%,*}/golang.org/toolchain/@v/$name.zip"
  echo "$sum  $folder/go.zip" | sha256sum --check --quiet >&2
  rm -rf "$folder/go" "$folder/golang.org"
  unzip -q "$folder/go.zip" -d "$folder"
  mv "$folder/golang.org/toolchain@$name" "$folder/go"
  chmod -R u+w "$folder/go"
  chmod +x "$folder"/go/bin/* "$folder/go/pkg/tool/linux_$machine"/*
  rm -r "$folder/go.zip" "$folder/golang.org"
}

program=$folder/versitygw
# What it was built of: with another version it is built anew.
wanted=$(cat "$modules/go.mod" "$modules/go.sum" | cksum)
if [[ ! -x $program || $(cat "$program.of" 2>/dev/null) != "$wanted" ]]; then
  if ! has_go; then
    fetch_go
    PATH=$folder/go/bin:$PATH
  fi
  (cd "$modules" && CGO_ENABLED=0 GOFLAGS='-mod=readonly -trimpath' go build -ldflags='-s -w' -o "$program.new" github.com/versity/versitygw/cmd/versitygw) >&2
  mv "$program.new" "$program"
  echo "$wanted" >"$program.of"
fi
"$program" --version >&2
echo "$program"
