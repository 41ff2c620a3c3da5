// One scan as it was recorded.
// needs: scan_id
// gives: scan
MATCH (scan:Scan {scan_id: $scan_id})
RETURN properties(scan) AS scan
