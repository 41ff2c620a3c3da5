// Add what dealers now hold as well.
// needs: links, sequence
// gives: added
// links has, by kind, [token, mask, dealer_id] in the order of the tokens.
UNWIND [0] AS once
// each kind
CALL () {
  UNWIND $links.$$KIND AS row
  MERGE (identifier:$$LABEL {token: row[0]})
  ON CREATE SET identifier.mask = row[1]
  WITH identifier, row
  MATCH (dealer:Dealer {dealer_id: row[2]})
  CREATE (dealer)-[:$$DEALER_TYPE {since: $sequence}]->(identifier)
  RETURN count(*) AS $$KIND
}
// end
RETURN once AS added
