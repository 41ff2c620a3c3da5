// Pairs of applications that hold the same identifiers of one kind, in any role. An identifier that more than hub_limit
// applications hold ties nobody.
// needs: hub_limit
// gives: first, second, token
MATCH (identifier:$$LABEL)
CALL (identifier) {
  MATCH (identifier)<-[link:$$TYPE]-(holder:Application)
  WHERE link.until IS NULL
  WITH DISTINCT holder.application_id AS held_by LIMIT $hub_limit + 1
  RETURN collect(held_by) AS held_by
}
WITH identifier, held_by
WHERE size(held_by) > 1 AND size(held_by) <= $hub_limit
UNWIND held_by AS first
UNWIND held_by AS second
WITH identifier, first, second
WHERE first < second
RETURN first, second, identifier.token AS token
