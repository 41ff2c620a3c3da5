// The identifiers that some applications hold now.
// needs: application_ids
// gives: application_id, kind, role, token, position
// each kind, joined by UNION ALL
UNWIND $application_ids AS wanted
MATCH (application:Application {application_id: wanted})-[link:$$TYPE]->(identifier:$$LABEL)
WHERE link.until IS NULL
RETURN application.application_id AS application_id, '$$KIND' AS kind, link.role AS role, identifier.token AS token,
       link.position AS position
// end
