// Some applications as they are now.
// needs: application_ids
// gives: version
// version has all properties; the identifiers that they hold are those of read/current_links.
UNWIND $application_ids AS wanted
MATCH (application:Application {application_id: wanted})
RETURN properties(application) AS version
