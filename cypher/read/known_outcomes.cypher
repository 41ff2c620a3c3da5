// Which of some applications are there, and which of some outcomes.
// needs: application_ids, outcome_ids
// gives: application_id, outcome_id
UNWIND $application_ids AS wanted
MATCH (application:Application {application_id: wanted})
RETURN application.application_id AS application_id, null AS outcome_id
UNION ALL
UNWIND $outcome_ids AS wanted
MATCH (outcome:Outcome {outcome_id: wanted})
RETURN null AS application_id, outcome.outcome_id AS outcome_id
