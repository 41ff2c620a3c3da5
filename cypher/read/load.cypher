// How far the load of a file has come; no row if it never began.
// needs: content
// gives: kind, source, rows_done, complete, started_at, added, changed, unchanged, superseded, counts, last_batch
MATCH (file:LoadedFile {content: $content})
RETURN file.kind AS kind, file.source AS source, file.rows_done AS rows_done, file.complete AS complete,
       file.started_at AS started_at, file.added AS added, file.changed AS changed, file.unchanged AS unchanged,
       file.superseded AS superseded, file.counts AS counts, file.last_batch AS last_batch
