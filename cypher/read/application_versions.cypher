// All versions of an application, the present one included.
// needs: application_id
// gives: version
MATCH (version:Application {application_id: $application_id})
RETURN properties(version) AS version
UNION ALL
MATCH (version:ApplicationVersion {application_id: $application_id})
RETURN properties(version) AS version
