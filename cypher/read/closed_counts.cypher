// How many versions that were there at sequence number after were closed in each stretch of width numbers since.
// needs: after, up_to, width
// gives: stretch, versions
MATCH (version:ApplicationVersion)
WHERE version.until > $after AND version.until <= $up_to AND version.since <= $after
RETURN (version.until - 1) / $width AS stretch, count(*) AS versions
