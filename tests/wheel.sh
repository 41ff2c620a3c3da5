#!/bin/sh
# Build the wheel, install it with pip into an empty environment outside the checkout, and use it there.
set -eu
here=$PWD
work=$(mktemp -d)
trap 'GRAPHFRAUD_HOME="$work/data" "$work/venv/bin/graphfraud" store stop >/dev/null 2>&1; rm -rf "$work"' EXIT
"$BIN/python" -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$work/dist" "$here"
"$PYTHON" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$here/requirements.lock" "$work"/dist/*.whl
cd "$work"
export GRAPHFRAUD_HOME="$work/data"
graphfraud="$work/venv/bin/graphfraud"
"$graphfraud" --version
"$graphfraud" generate world --applications 3000 --seed 5
"$graphfraud" load world
"$graphfraud" scan
"$graphfraud" rings --top 3
"$graphfraud" export export
"$graphfraud" report report
"$graphfraud" mapping list
"$graphfraud" keys create wheel --scope checks >/dev/null
"$graphfraud" state status
test -s export/rings.csv && test -s export/members.csv && test "$(wc -l < export/applications.csv)" -gt 2900
"$work/venv/bin/python" -c "import graphfraud, sys; assert '$here' not in graphfraud.__file__, graphfraud.__file__"
for package in graphfraud api ingest cypher; do
  "$work/venv/bin/python" -c "from importlib.resources import files; assert (files('$package') / 'py.typed').is_file(), '$package'"
done
echo "the wheel works on its own"
