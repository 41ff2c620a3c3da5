// How many applications, dealers and identifiers of each kind the store holds.
// gives: name, count
MATCH (thing:Application)
RETURN 'application' AS name, count(thing) AS count
UNION ALL
MATCH (thing:Dealer)
RETURN 'dealer' AS name, count(thing) AS count
UNION ALL
// each kind, joined by UNION ALL
MATCH (thing:$$LABEL)
RETURN '$$KIND' AS name, count(thing) AS count
// end
