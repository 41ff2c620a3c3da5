// Who holds some identifiers now, a bounded number of each: an identifier with 50,000 holders costs what a rare one costs.
// needs: tokens, most
// gives: kind, token, holders
// tokens has, by kind, a list; holders are at most `most` texts "since application_id", in no order. Identifiers that nobody
// holds are left out.
// each kind, joined by UNION ALL
UNWIND $tokens.$$KIND AS token
MATCH (identifier:$$LABEL {token: token})
CALL (identifier) {
  MATCH (identifier)<-[link:$$TYPE]-(application:Application)
  WHERE link.until IS NULL
  WITH toString(application.since) + ' ' + application.application_id AS holder
  LIMIT $most
  RETURN collect(holder) AS holders
}
WITH token, holders
WHERE size(holders) > 0
RETURN '$$KIND' AS kind, token, holders
// end
