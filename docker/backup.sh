#!/bin/sh
# A backup every day at BACKUP_AT (UTC), and one at the first start; kept for BACKUP_KEEP_DAYS days.
# `sh backup.sh once` makes one now. Each is a database dump (pg_restore reads it) and an archive of the uploaded files.
set -eu

folder=${BACKUPS:-/backups}
files=${FILES:-/data/files}
keep=${BACKUP_KEEP_DAYS:-14}

backup() {
  name="seraph-$(date -u +%Y%m%dT%H%M%SZ)"
  umask 077
  # Under a name of its own until it is whole: what is called .dump can be restored.
  pg_dump --format=custom --file="$folder/$name.part"
  pg_restore --list "$folder/$name.part" >/dev/null
  if [ -d "$files" ]; then
    tar -C "$files" -czf "$folder/$name.files.part" .
    mv "$folder/$name.files.part" "$folder/$name.files.tar.gz"
  fi
  mv "$folder/$name.part" "$folder/$name.dump"
  # Old ones go only after a new one stands.
  find "$folder" -name 'seraph-*' -type f -mtime "+$keep" -delete
  echo "backup $name.dump: $(du -h "$folder/$name.dump" | cut -f1)"
}

seconds_until() { # HH:MM in UTC
  now=$(date -u +%s)
  hours=${1%%:*} minutes=${1##*:}
  due=$((now - now % 86400 + ${hours#0} * 3600 + ${minutes#0} * 60))
  [ "$due" -gt "$now" ] || due=$((due + 86400))
  echo $((due - now))
}

if [ "${1:-}" = once ]; then
  backup
  exit
fi
[ -n "$(find "$folder" -name 'seraph-*.dump' -mmin -1440)" ] || backup || echo "backup failed; the next try is tomorrow" >&2
while :; do
  sleep "$(seconds_until "${BACKUP_AT:-03:10}")"
  backup || echo "backup failed; the next try is tomorrow" >&2
done
