// The id of the scan that readers see; no row before the first one. It is read by itself: a statement that goes on to the
// scan may begin with the scans, and would miss one that is committed in between.
// gives: scan_id
MATCH (store:Store {name: 'store'})
WHERE store.current_scan IS NOT NULL
RETURN store.current_scan AS scan_id
