// Make a scan the one that readers see, in a transaction that holds the lock; say which one they saw before.
// needs: scan_id
// gives: previous
MATCH (store:Store {name: 'store'})
WITH store, store.current_scan AS previous
SET store.previous_scan = previous, store.current_scan = $scan_id
RETURN previous
