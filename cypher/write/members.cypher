// Add members to rings.
// needs: members
// gives: added
// members are [ring_key, application_id, strength, place in the ring].
UNWIND $members AS member
MATCH (ring:Ring {ring_key: member[0]})
MATCH (application:Application {application_id: member[1]})
CREATE (application)-[:MEMBER_OF {strength: member[2], place: member[3]}]->(ring)
RETURN count(*) AS added
