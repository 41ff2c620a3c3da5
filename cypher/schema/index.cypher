// A range index on a property that is searched by and is no key.
CREATE INDEX $$LABEL_$$PROPERTY_index IF NOT EXISTS FOR (n:$$LABEL) ON (n.$$PROPERTY)
