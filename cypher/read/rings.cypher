// Rings of a scan with their members, riskiest first.
// needs: scan_id, top
// gives: ring, members
// members are [application_id, strength, place].
MATCH (ring:Ring {scan_id: $scan_id})
WHERE ring.rank <= $top
CALL (ring) {
  MATCH (ring)<-[member:MEMBER_OF]-(application:Application)
  RETURN collect([application.application_id, member.strength, member.place]) AS members
}
RETURN properties(ring) AS ring, members
ORDER BY ring.rank
