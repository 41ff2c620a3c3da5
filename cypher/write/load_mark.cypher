// Record how far the load of a file has come.
// needs: content, properties
MERGE (file:LoadedFile {content: $content})
SET file += $properties
