// Add outcomes to applications.
// needs: outcomes
// gives: added
// outcomes are their properties.
UNWIND $outcomes AS row
MATCH (application:Application {application_id: row.application_id})
CREATE (application)-[:HAD_OUTCOME]->(outcome:Outcome)
SET outcome = row
RETURN count(*) AS added
