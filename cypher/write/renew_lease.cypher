// Keep a lease for another time in milliseconds, if it is still the same holder's.
// needs: name, token, keep
// gives: renewed
MATCH (lease:Lease {name: $name})
WHERE lease.token = $token
SET lease.expires_at = timestamp() + $keep
RETURN count(*) AS renewed
