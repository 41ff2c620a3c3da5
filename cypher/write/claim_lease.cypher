// Touch a lease, so that of two who take it at once the second waits for the first or is tried again.
// needs: name
MERGE (lease:Lease {name: $name})
SET lease.claims = coalesce(lease.claims, 0) + 1
