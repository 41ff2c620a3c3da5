// Who holds some identifiers now, and who is near those: a bounded number of each, so that an identifier with 50,000 holders
// costs what a rare one costs.
// needs: tokens, most, meeting, own
// gives: holders, beyond
// tokens has, by kind, a list. holders are [relationship type, token, applications], at most `most` applications in no
// order; identifiers that nobody holds are left out. beyond are the applications that share an identifier with a holder, but
// for holders in `own`; both identifiers are of the relationship types in `meeting` and held by fewer than `most`.
// Applications are texts "since application_id". It is all one row, as a row costs more than what it says.
// Which `most` of more holders are meant is the engine's choice: to order them it would read them all, which at 50,000 holders
// takes fifty times as long. It matters for what became a hub since the last scan only, as older hubs are not asked about; and
// there any `most` say the same: that it has more users than a family or a gang. `beyond` follows none of them.
CALL () {
// each kind, joined by UNION ALL
  UNWIND $tokens.$$KIND AS token
  MATCH (identifier:$$LABEL {token: token})
  CALL (identifier) {
    MATCH (identifier)<-[link:$$TYPE]-(application:Application)
    WHERE link.until IS NULL
    WITH application
    LIMIT $most
    RETURN collect(application) AS applications
  }
  WITH token, applications
  WHERE size(applications) > 0
  RETURN '$$TYPE' AS relationship, token, applications
// end
}
WITH collect([relationship, token, applications]) AS held
CALL (held) {
  UNWIND held AS one
  WITH one
  WHERE one[0] IN $meeting AND size(one[2]) < $most
  UNWIND one[2] AS application
  WITH DISTINCT application
  WHERE NOT application.application_id IN $own
  MATCH (application)-[link]->(identifier)
  WHERE type(link) IN $meeting AND link.until IS NULL
  WITH DISTINCT identifier
  CALL (identifier) {
    MATCH (identifier)<-[link]-(other:Application)
    WHERE link.until IS NULL
    WITH toString(other.since) + ' ' + other.application_id AS holder
    LIMIT $most
    RETURN collect(holder) AS others
  }
  WITH others
  WHERE size(others) > 1 AND size(others) < $most
  UNWIND others AS other
  RETURN collect(DISTINCT other) AS beyond
}
RETURN [one IN held | [one[0], one[1], [a IN one[2] | toString(a.since) + ' ' + a.application_id]]] AS holders, beyond
