// The identifiers that two or more members of a ring hold now. It goes from the members to what they hold and never on
// to the other applications of a hub, so that it costs what the ring is large.
// needs: ring_key
// gives: kind, token, mask, holders
// holders are [application_id, role, place].
// each kind, joined by UNION ALL
MATCH (ring:Ring {ring_key: $ring_key})<-[member:MEMBER_OF]-(application:Application)
MATCH (application)-[link:$$TYPE]->(identifier:$$LABEL)
WHERE link.until IS NULL
WITH identifier, collect([application.application_id, link.role, member.place]) AS holders,
     count(DISTINCT application.application_id) AS applications
WHERE applications > 1
RETURN '$$KIND' AS kind, identifier.token AS token, identifier.mask AS mask, holders
// end
