// Who holds a lease, by the engine's own clock; no row if nobody does.
// needs: name
// gives: token, owner, host, process, began, taken_at, left
// left is in milliseconds, negative when it has run out.
MATCH (lease:Lease {name: $name})
WHERE lease.token IS NOT NULL
RETURN lease.token AS token, lease.owner AS owner, lease.host AS host, lease.process AS process, lease.began AS began,
       lease.taken_at AS taken_at, lease.expires_at - timestamp() AS left
