// Keep the present version of applications beside them and give them the values of the new one; take the next sequence
// number, in a transaction that holds the lock.
// needs: applications, sequence, arrived_at
// gives: replaced
// applications are the new properties.
MATCH (store:Store {name: 'store'})
SET store.sequence = $sequence
WITH store
UNWIND $applications AS row
MATCH (application:Application {application_id: row.application_id})
CREATE (version:ApplicationVersion)
SET version = properties(application)
SET version.version_id = application.application_id + '@' + toString(application.since),
    version.until = $sequence, version.replaced_at = $arrived_at
SET application = row
RETURN count(*) AS replaced
