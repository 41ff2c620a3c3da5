// What a page shows of a ring's members.
// needs: ring_key
// gives: application, strength, place, person
// application has all properties; person is the token of the applicant, null where the source names nobody.
MATCH (ring:Ring {ring_key: $ring_key})<-[member:MEMBER_OF]-(application:Application)
CALL (application) {
  OPTIONAL MATCH (application)-[link:SUBMITTED_BY]->(person:Person)
  WHERE link.until IS NULL
  RETURN min(person.token) AS person
}
RETURN properties(application) AS application, member.strength AS strength, member.place AS place, person
ORDER BY place
