// Applications that share an identifier of some kinds with given ones, through identifiers that few hold.
// needs: application_ids, types, most
// gives: others
// types are relationship types; identifiers with `most` holders or more are left out;
// others are texts "since application_id".
UNWIND $application_ids AS wanted
MATCH (application:Application {application_id: wanted})-[held]->(identifier)
WHERE type(held) IN $types AND held.until IS NULL
WITH DISTINCT identifier
CALL (identifier) {
  MATCH (identifier)<-[link]-(other:Application)
  WHERE link.until IS NULL
  WITH toString(other.since) + ' ' + other.application_id AS holder
  LIMIT $most
  RETURN collect(holder) AS holders
}
WITH holders
WHERE size(holders) > 1 AND size(holders) < $most
UNWIND holders AS holder
RETURN collect(DISTINCT holder) AS others
