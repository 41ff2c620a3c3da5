// Write the fingerprint of the token key unless there is one already, and give the one that counts.
// needs: fingerprint
// gives: key_fingerprint
MATCH (store:Store {name: 'store'})
SET store.key_fingerprint = coalesce(store.key_fingerprint, $fingerprint)
RETURN store.key_fingerprint AS key_fingerprint
