// Record that the schema of this store is now that of a version, and which constraints and indexes it has.
// needs: schema_version, shape
MATCH (store:Store {name: 'store'})
SET store.schema_version = $schema_version, store.shape = $shape
