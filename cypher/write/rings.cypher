// Add rings of a scan.
// needs: rings
// gives: added
// rings are their properties.
UNWIND $rings AS row
CREATE (ring:Ring)
SET ring = row
RETURN count(*) AS added
