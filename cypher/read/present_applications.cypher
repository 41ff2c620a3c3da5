// Applications as they are now, with what they hold.
// needs: application_ids
// gives: found
// found are [version, held] of those that are there: version has all properties; held is a list of [relationship type, role,
// token, position, mask]. It is all one row, as a row costs more than what it says.
UNWIND $application_ids AS wanted
MATCH (application:Application {application_id: wanted})
CALL (application) {
  MATCH (application)-[link]->(identifier)
  WHERE link.role IS NOT NULL AND link.until IS NULL
  RETURN collect([type(link), link.role, identifier.token, link.position, identifier.mask]) AS held
}
RETURN collect([properties(application), held]) AS found
