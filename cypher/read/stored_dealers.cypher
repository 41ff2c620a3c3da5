// What the store holds of some dealers; content is null where applications name a dealer of whom nothing else is known.
// needs: dealer_ids
// gives: dealer_id, content, source, line
UNWIND $dealer_ids AS wanted
MATCH (dealer:Dealer {dealer_id: wanted})
RETURN dealer.dealer_id AS dealer_id, dealer.content AS content, dealer.source AS source, dealer.line AS line
