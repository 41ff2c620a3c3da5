// Add a scan; nobody sees it before the pointer moves.
// needs: scan
CREATE (scan:Scan)
SET scan = $scan
