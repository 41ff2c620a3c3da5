// How many versions of applications began in each stretch of width sequence numbers, to read them in pieces.
// needs: after, up_to, width
// gives: stretch, versions
MATCH (version:Application)
WHERE version.since > $after AND version.since <= $up_to
RETURN (version.since - 1) / $width AS stretch, count(*) AS versions
UNION ALL
MATCH (version:ApplicationVersion)
WHERE version.since > $after AND version.since <= $up_to
RETURN (version.since - 1) / $width AS stretch, count(*) AS versions
