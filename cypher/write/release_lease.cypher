// Give a lease back, if it is still the same holder's.
// needs: name, token
MATCH (lease:Lease {name: $name})
WHERE lease.token = $token
DELETE lease
