// Make the Store node unless it is there; the sequence begins at 0.
// needs: store_id, schema_version, shape
// gives: store_id
MERGE (store:Store {name: 'store'})
ON CREATE SET store.store_id = $store_id, store.schema_version = $schema_version, store.shape = $shape, store.sequence = 0
RETURN store.store_id AS store_id
