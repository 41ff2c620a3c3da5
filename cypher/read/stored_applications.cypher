// What the store holds of some applications, as far as deciding about a new version needs it.
// needs: application_ids
// gives: application_id, content, since, effective_at, dealer_id, salesperson_id, source, line
UNWIND $application_ids AS wanted
MATCH (application:Application {application_id: wanted})
RETURN application.application_id AS application_id, application.content AS content, application.since AS since,
       application.effective_at AS effective_at, application.dealer_id AS dealer_id,
       application.salesperson_id AS salesperson_id, application.source AS source, application.line AS line
