// End what applications no longer hold.
// needs: links, dealers, salespersons, sequence, arrived_at
// gives: closed
// links has, by kind, [application_id, role, token]; dealers and salespersons are [application_id, id].
// each kind
CALL () {
  UNWIND $links.$$KIND AS row
  MATCH (application:Application {application_id: row[0]})
  MATCH (application)-[link:$$TYPE]->(identifier:$$LABEL)
  WHERE identifier.token = row[2] AND link.role = row[1] AND link.until IS NULL
  SET link.until = $sequence, link.replaced_at = $arrived_at
  RETURN count(*) AS $$KIND
}
// end
CALL () {
  UNWIND $dealers AS row
  MATCH (application:Application {application_id: row[0]})
  MATCH (application)-[link:SOLD_BY]->(dealer:Dealer)
  WHERE dealer.dealer_id = row[1] AND link.until IS NULL
  SET link.until = $sequence, link.replaced_at = $arrived_at
  RETURN count(*) AS sold
}
CALL () {
  UNWIND $salespersons AS row
  MATCH (application:Application {application_id: row[0]})
  MATCH (application)-[link:HANDLED_BY]->(salesperson:Salesperson)
  WHERE salesperson.salesperson_id = row[1] AND link.until IS NULL
  SET link.until = $sequence, link.replaced_at = $arrived_at
  RETURN count(*) AS handled
}
RETURN sold + handled AS closed
