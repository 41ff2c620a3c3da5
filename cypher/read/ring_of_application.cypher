// The ring of an application in a scan, if it is in one.
// needs: application_id, scan_id
// gives: ring_key
MATCH (application:Application {application_id: $application_id})-[:MEMBER_OF]->(ring:Ring)
WHERE ring.scan_id = $scan_id
RETURN ring.ring_key AS ring_key
