// Take the next sequence number, in a transaction that holds the lock.
// needs: sequence
MATCH (store:Store {name: 'store'})
SET store.sequence = $sequence
