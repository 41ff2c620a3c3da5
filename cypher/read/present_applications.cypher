// Applications as they are now, with what they hold.
// needs: application_ids
// gives: version, held
// version has all properties; held is a list of [relationship type, role, token, position, mask].
UNWIND $application_ids AS wanted
MATCH (application:Application {application_id: wanted})
CALL (application) {
  MATCH (application)-[link]->(identifier)
  WHERE link.role IS NOT NULL AND link.until IS NULL
  RETURN collect([type(link), link.role, identifier.token, link.position, identifier.mask]) AS held
}
RETURN properties(application) AS version, held
