"""One statement per .cypher file; only `graphfraud.store` reads them."""
