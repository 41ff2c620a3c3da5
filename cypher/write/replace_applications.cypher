// Keep the present version of applications beside them and give them the values of the new one.
// needs: applications, sequence, arrived_at
// gives: replaced
// applications are the new properties.
UNWIND $applications AS row
MATCH (application:Application {application_id: row.application_id})
CREATE (version:ApplicationVersion)
SET version = properties(application)
SET version.version_id = application.application_id + '@' + toString(application.since),
    version.until = $sequence, version.replaced_at = $arrived_at
SET application = row
RETURN count(*) AS replaced
