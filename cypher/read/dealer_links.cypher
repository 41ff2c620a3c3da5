// The identifiers that some dealers hold now.
// needs: dealer_ids
// gives: dealer_id, kind, token
// each kind, joined by UNION ALL
UNWIND $dealer_ids AS wanted
MATCH (dealer:Dealer {dealer_id: wanted})-[link:$$DEALER_TYPE]->(identifier:$$LABEL)
WHERE link.until IS NULL
RETURN dealer.dealer_id AS dealer_id, '$$KIND' AS kind, identifier.token AS token
// end
