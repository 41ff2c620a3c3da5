// Keep the present version of dealers beside them.
// needs: dealer_ids, sequence, arrived_at
// gives: kept
UNWIND $dealer_ids AS wanted
MATCH (dealer:Dealer {dealer_id: wanted})
CREATE (version:DealerVersion)
SET version = properties(dealer)
SET version.version_id = dealer.dealer_id + '@' + toString(dealer.since),
    version.until = $sequence, version.replaced_at = $arrived_at
RETURN count(*) AS kept
