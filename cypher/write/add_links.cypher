// Add what applications that are already there now hold as well.
// needs: links, dealers, salespersons, sequence
// gives: added
// links has, by kind, [token, mask, application_id, role, position] in the order of the tokens; dealers and salespersons
// are [id, application_id].
// each kind
CALL () {
  UNWIND $links.$$KIND AS row
  MERGE (identifier:$$LABEL {token: row[0]})
  ON CREATE SET identifier.mask = row[1]
  WITH identifier, row
  MATCH (application:Application {application_id: row[2]})
  CREATE (application)-[:$$TYPE {role: row[3], position: row[4], since: $sequence}]->(identifier)
  RETURN count(*) AS $$KIND
}
// end
CALL () {
  UNWIND $dealers AS row
  MERGE (dealer:Dealer {dealer_id: row[0]})
  WITH dealer, row
  MATCH (application:Application {application_id: row[1]})
  CREATE (application)-[:SOLD_BY {since: $sequence}]->(dealer)
  RETURN count(*) AS sold
}
CALL () {
  UNWIND $salespersons AS row
  MERGE (salesperson:Salesperson {salesperson_id: row[0]})
  WITH salesperson, row
  MATCH (application:Application {application_id: row[1]})
  CREATE (application)-[:HANDLED_BY {since: $sequence}]->(salesperson)
  RETURN count(*) AS handled
}
RETURN sold + handled AS added
