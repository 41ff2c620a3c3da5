// What is asked for at some dealers now, all applications but a few together.
// needs: dealer_ids, application_ids
// gives: dealer_id, loan_amount
UNWIND $dealer_ids AS wanted
MATCH (dealer:Dealer {dealer_id: wanted})<-[sold:SOLD_BY]-(application:Application)
WHERE sold.until IS NULL AND NOT application.application_id IN $application_ids
RETURN dealer.dealer_id AS dealer_id, sum(application.loan_amount) AS loan_amount
