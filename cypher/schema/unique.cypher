// The key of a label: at most one node has a value. It is an index, too.
CREATE CONSTRAINT $$LABEL_$$PROPERTY_key IF NOT EXISTS FOR (n:$$LABEL) REQUIRE n.$$PROPERTY IS UNIQUE
