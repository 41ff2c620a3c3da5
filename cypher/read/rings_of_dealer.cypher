// Rings of a scan that hold applications which a dealer sold.
// needs: scan_id, dealer_id
// gives: ring_id
MATCH (dealer:Dealer {dealer_id: $dealer_id})<-[sold:SOLD_BY]-(application:Application)-[:MEMBER_OF]->(ring:Ring)
WHERE ring.scan_id = $scan_id AND sold.until IS NULL
RETURN DISTINCT ring.ring_id AS ring_id
