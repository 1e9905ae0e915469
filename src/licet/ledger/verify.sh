#!/bin/sh
# Usage: sh verify.sh FOLDER [PUBLIC-KEY]. Give the public key that you kept yourself.
set -eu
key=${2:-$1/public-key.pem}
case $key in /*) ;; *) key=$PWD/$key ;; esac
cd "$1"
fail() { echo "NOT IN ORDER: $1" >&2; exit 1; }
digests=$(mktemp)
trap 'rm -f "$digests"' EXIT

# 1. Each line's SHA-256 is the entry's digest, and the next line names it as "previous".
previous=$(cat begins-after.txt)
line=0
while IFS= read -r entry; do
  line=$((line + 1))
  case $entry in
    *"\"previous\":\"$previous\""*) ;;
    *) fail "line $line of entries.jsonl does not follow the line before it" ;;
  esac
  previous=$(printf '%s' "$entry" | sha256sum | cut -d ' ' -f 1)
  echo "$previous" >>"$digests"
done <entries.jsonl
first=$(head -n 1 entries.jsonl | sed 's/.*"seq":\([0-9]*\).*/\1/')

# 2. The signatures are of this key, and what was signed stands in the chain at its number.
for text in summaries/*.txt checkpoints/*.txt; do
  [ -e "$text" ] || continue
  openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$text" -sigfile "${text%.txt}.sig" >/dev/null ||
    fail "the signature of $text is false"
done
signed=0
for text in checkpoints/*.txt; do
  [ -e "$text" ] || continue
  seq=$(sed 's/.*"seq":\([0-9]*\).*/\1/' "$text")
  digest=$(sed 's/.*"digest":"\([0-9a-f]*\)".*/\1/' "$text")
  [ "$seq" -ge "$first" ] || continue
  [ "$(sed -n "$((seq - first + 1))p" "$digests")" = "$digest" ] || fail "entry $seq is not the one that was signed"
  [ "$seq" -le "$signed" ] || signed=$seq
done

# 3. Where old entries were archived, the chain begins after the last signed summary.
begins=0000000000000000000000000000000000000000000000000000000000000000
for text in summaries/*.txt; do
  [ -e "$text" ] || continue
  grep -q "\"first_previous\":\"$begins\"" "$text" || fail "$text does not follow the summary before it"
  begins=$(sed 's/.*"last_digest":"\([0-9a-f]*\)".*/\1/' "$text")
done
[ "$begins" = "$(cat begins-after.txt)" ] || fail "the first entry does not follow the last summary"
echo "$line entries in order, signed up to entry $signed"
