// Applications whose present version began in (low, high], with what they held at sequence number up_to.
// needs: low, high, up_to
// gives: version, held
// version has all properties; held is a list of [relationship type, role, token, position].
UNWIND range($low + 1, $high) AS since
MATCH (application:Application {since: since})
CALL (application) {
  MATCH (application)-[link]->(identifier)
  WHERE link.role IS NOT NULL AND link.since <= $up_to AND (link.until IS NULL OR link.until > $up_to)
  RETURN collect([type(link), link.role, identifier.token, link.position]) AS held
}
RETURN properties(application) AS version, held
