// What the store knows of itself; no row in a database that was never used as a store.
// gives: store_id, schema_version, shape, sequence, key_fingerprint
MATCH (store:Store {name: 'store'})
RETURN store.store_id AS store_id, store.schema_version AS schema_version, store.shape AS shape,
       store.sequence AS sequence, store.key_fingerprint AS key_fingerprint
