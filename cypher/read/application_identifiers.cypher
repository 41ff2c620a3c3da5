// The identifiers that an application holds or held, and how many applications hold each now (counted up to a limit of
// relationships, so that a hub does not hold up the page).
// needs: application_id, hub_limit
// gives: kind, role, token, mask, since, until, position, applications
// each kind, joined by UNION ALL
MATCH (application:Application {application_id: $application_id})-[link:$$TYPE]->(identifier:$$LABEL)
CALL (identifier) {
  MATCH (identifier)<-[other:$$TYPE]-(holder:Application)
  WHERE other.until IS NULL
  WITH holder LIMIT $hub_limit
  RETURN count(DISTINCT holder) AS applications
}
RETURN '$$KIND' AS kind, link.role AS role, identifier.token AS token, identifier.mask AS mask, link.since AS since,
       link.until AS until, link.position AS position, applications
// end
