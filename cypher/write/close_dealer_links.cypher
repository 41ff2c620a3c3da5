// End what dealers no longer hold.
// needs: links, sequence, arrived_at
// gives: closed
// links has, by kind, [dealer_id, token].
UNWIND [0] AS once
// each kind
CALL () {
  UNWIND $links.$$KIND AS row
  MATCH (dealer:Dealer {dealer_id: row[0]})
  MATCH (dealer)-[link:$$DEALER_TYPE]->(identifier:$$LABEL)
  WHERE identifier.token = row[1] AND link.until IS NULL
  SET link.until = $sequence, link.replaced_at = $arrived_at
  RETURN count(*) AS $$KIND
}
// end
RETURN once AS closed
