// Delete the rings of all scans but some; the scans themselves stay as the record of what was run.
// needs: kept
// gives: forgotten
MATCH (scan:Scan)
WHERE scan.rings_kept AND NOT scan.scan_id IN $kept
SET scan.rings_kept = false
WITH scan
MATCH (ring:Ring {scan_id: scan.scan_id})
DETACH DELETE ring
RETURN count(*) AS forgotten
