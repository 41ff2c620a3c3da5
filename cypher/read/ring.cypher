// One ring of a scan with its members.
// needs: ring_key
// gives: ring, members
// members are [application_id, strength, place].
MATCH (ring:Ring {ring_key: $ring_key})
CALL (ring) {
  MATCH (ring)<-[member:MEMBER_OF]-(application:Application)
  RETURN collect([application.application_id, member.strength, member.place]) AS members
}
RETURN properties(ring) AS ring, members
