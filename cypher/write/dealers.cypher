// Give dealers their values, adding those that are not there.
// needs: dealers
// gives: written
// dealers are their properties, in the order of their ids.
UNWIND $dealers AS row
MERGE (dealer:Dealer {dealer_id: row.dealer_id})
SET dealer = row
RETURN count(*) AS written
