#!/bin/sh
# What `make demo` runs: every line is a command you can type yourself.
set -eu
graphfraud="$BIN/graphfraud"
GRAPHFRAUD_HOME="$PWD/$DEMO/graphfraud-data"
export GRAPHFRAUD_HOME
run() { printf '\n$ graphfraud %s\n' "$*"; "$graphfraud" "$@"; }

# a file that does not fit is refused before anything is touched
if [ -n "$DEMO_FILE" ]; then run load "$DEMO_FILE" --dry-run; fi

# each demo begins anew, so that a file of yours is not mixed with what was there before; that may hold your lists and keys
"$graphfraud" store stop >/dev/null 2>&1 || true
if [ -e "$GRAPHFRAUD_HOME" ]; then
  before="$GRAPHFRAUD_HOME.before-$(date -u +%Y%m%dT%H%M%SZ)"
  mv "$GRAPHFRAUD_HOME" "$before"
  printf 'the data folder of the demo before is now %s\n' "$before"
fi
mkdir -p "$DEMO"
if [ -n "$DEMO_FILE" ]; then
  world="$DEMO_FILE" generated=
else
  world="$DEMO/world" generated="$DEMO/world"
  run generate "$world" --applications "$DEMO_APPLICATIONS" --seed 7
fi
run load "$world"
run scan
run rings --top 10
run export "$DEMO/export"
run report "$DEMO/report"
if [ -f "$world/truth.csv.gz" ]; then run evaluate "$world/truth.csv.gz"; fi
"$BIN/python" "$(dirname "$0")/demo_application.py" "$DEMO/export" $generated >"$DEMO/application.json"
printf '\n$ graphfraud keys create demo --scope checks\n'
key=$("$graphfraud" keys create demo --scope checks)
"$graphfraud" store stop >/dev/null 2>&1 || true

cat <<END

The riskiest rings are above. Everything else is in $DEMO/:
  $DEMO/report/   open it in a browser: the top rings drawn and explained
  $DEMO/export/   rings, members, applications, dealers, reasons, look_alikes as CSV

Next, with your own applications:
  export GRAPHFRAUD_HOME=$GRAPHFRAUD_HOME      # or a folder of your own
  $BIN/graphfraud explain                      # three rings and three households: why they are one, or none
  $BIN/graphfraud ring R-…                     # one ring: members, shared identifiers, reasons
  $BIN/graphfraud load FILE --dry-run          # does your file fit? nothing is written
  $BIN/graphfraud doctor                       # what is configured, and what to do about problems

Checks over HTTP, from the graph as it is now: the first line in one terminal, the second in another. What it sends,
$DEMO/application.json, is a stranger with the device and the account of the riskiest ring that shares both.
  GRAPHFRAUD_HOME=$GRAPHFRAUD_HOME $BIN/graphfraud serve
  curl -sS --retry 9 --retry-connrefused http://127.0.0.1:8000/v1/checks -H 'Authorization: Bearer $key' -H 'Content-Type: application/json' -d @$DEMO/application.json
END
