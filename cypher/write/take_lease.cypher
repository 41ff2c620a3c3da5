// Take a lease for a time in milliseconds.
// needs: name, holder, keep
// holder are the properties of the lease.
MATCH (lease:Lease {name: $name})
SET lease += $holder
SET lease.taken_at = timestamp(), lease.expires_at = timestamp() + $keep
