// Replaced versions that began in (low, high], with what they held.
// needs: low, high
// gives: version, held
MATCH (version:ApplicationVersion)
WHERE version.since > $low AND version.since <= $high
MATCH (application:Application {application_id: version.application_id})
CALL (version, application) {
  MATCH (application)-[link]->(identifier)
  WHERE link.role IS NOT NULL AND link.since <= version.since AND (link.until IS NULL OR link.until > version.since)
  RETURN collect([type(link), link.role, identifier.token, link.position]) AS held
}
RETURN properties(version) AS version, held
