// The loads that began last, the newest first.
// needs: most
// gives: content, kind, source, rows_done, complete, started_at, added, changed, unchanged, superseded, counts
MATCH (file:LoadedFile)
RETURN file.content AS content, file.kind AS kind, file.source AS source, file.rows_done AS rows_done,
       file.complete AS complete, file.started_at AS started_at, file.added AS added, file.changed AS changed,
       file.unchanged AS unchanged, file.superseded AS superseded, file.counts AS counts
ORDER BY started_at DESC, content
LIMIT $most
