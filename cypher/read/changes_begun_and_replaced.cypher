// Replaced versions that began in (low, high], with what they held.
// needs: low, high
// gives: version, held
UNWIND range($low + 1, $high) AS since
MATCH (version:ApplicationVersion {since: since})
MATCH (application:Application {application_id: version.application_id})
CALL (version, application) {
  MATCH (application)-[link]->(identifier)
  WHERE link.role IS NOT NULL AND link.since <= version.since AND (link.until IS NULL OR link.until > version.since)
  RETURN collect([type(link), link.role, identifier.token, link.position]) AS held
}
RETURN properties(version) AS version, held
