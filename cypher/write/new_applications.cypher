// Add applications that the store has never seen, with everything they hold; take the next sequence number, in a transaction
// that holds the lock.
// needs: applications, links, dealers, salespersons, sequence
// gives: application_ids
// applications are their properties. links has, by kind, groups [token, mask, holders], a holder being [place in
// applications, role, position]; dealers and salespersons are [id, [place, ...]]. Each token of a batch is looked up once,
// in the order of the tokens, so that two writers never wait for each other crosswise; the applications are not looked up
// at all, which is why application_ids comes back: its order proves that the places mean what they should.
MATCH (store:Store {name: 'store'})
SET store.sequence = $sequence
WITH store
UNWIND $applications AS row
CREATE (application:Application)
SET application = row
WITH collect(application) AS applications
// each kind
CALL (applications) {
  UNWIND $links.$$KIND AS group
  MERGE (identifier:$$LABEL {token: group[0]})
  ON CREATE SET identifier.mask = group[1]
  WITH applications, identifier, group
  UNWIND group[2] AS holder
  WITH applications[holder[0]] AS application, identifier, holder
  CREATE (application)-[:$$TYPE {role: holder[1], position: holder[2], since: $sequence}]->(identifier)
  RETURN count(*) AS $$KIND
}
// end
CALL (applications) {
  UNWIND $dealers AS group
  MERGE (dealer:Dealer {dealer_id: group[0]})
  WITH applications, dealer, group
  UNWIND group[1] AS place
  WITH applications[place] AS application, dealer
  CREATE (application)-[:SOLD_BY {since: $sequence}]->(dealer)
  RETURN count(*) AS sold
}
CALL (applications) {
  UNWIND $salespersons AS group
  MERGE (salesperson:Salesperson {salesperson_id: group[0]})
  WITH applications, salesperson, group
  UNWIND group[1] AS place
  WITH applications[place] AS application, salesperson
  CREATE (application)-[:HANDLED_BY {since: $sequence}]->(salesperson)
  RETURN count(*) AS handled
}
RETURN [application IN applications | application.application_id] AS application_ids
