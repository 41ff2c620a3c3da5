// What people may see of some identifiers of one kind.
// needs: tokens
// gives: token, mask
UNWIND $tokens AS wanted
MATCH (identifier:$$LABEL {token: wanted})
RETURN identifier.token AS token, identifier.mask AS mask
