// Become the only writer until the transaction ends, and say the number of the last commit that changed something.
// Writing to the one Store node makes the order of sequence numbers the order of commits, on both engines: Neo4j makes the
// next writer wait here, the embedded engine refuses the slower of two at its commit, and the store tries that one again.
// gives: sequence
MATCH (store:Store {name: 'store'})
SET store.writes = coalesce(store.writes, 0) + 1
RETURN store.sequence AS sequence
