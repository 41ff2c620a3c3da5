// Versions that were there at sequence number after and were closed in (low, high], with what they held.
// needs: after, low, high
// gives: version, held
MATCH (version:ApplicationVersion)
WHERE version.until > $low AND version.until <= $high AND version.since <= $after
MATCH (application:Application {application_id: version.application_id})
CALL (version, application) {
  MATCH (application)-[link]->(identifier)
  WHERE link.role IS NOT NULL AND link.since <= version.since AND (link.until IS NULL OR link.until > version.since)
  RETURN collect([type(link), link.role, identifier.token, link.position]) AS held
}
RETURN properties(version) AS version, held
