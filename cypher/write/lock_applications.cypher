// Become the only writer, as `write/lock` does, and say what the store holds of some applications, as far as deciding about
// a new version needs it.
// needs: application_ids
// gives: sequence, stored
MATCH (store:Store {name: 'store'})
SET store.writes = coalesce(store.writes, 0) + 1
WITH store.sequence AS sequence
CALL () {
  UNWIND $application_ids AS wanted
  MATCH (application:Application {application_id: wanted})
  RETURN collect(application {
    .application_id, .content, .effective_at, .dealer_id, .salesperson_id, .source, .line
  }) AS stored
}
RETURN sequence, stored
