// How many versions of applications began in each stretch of width sequence numbers, to read them in pieces.
// Numbers are looked up one after another: for a range the embedded engine goes through every application there is.
// needs: after, up_to, width
// gives: stretch, versions
UNWIND range($after + 1, $up_to) AS since
MATCH (version:Application {since: since})
RETURN (since - 1) / $width AS stretch, count(*) AS versions
UNION ALL
UNWIND range($after + 1, $up_to) AS since
MATCH (version:ApplicationVersion {since: since})
RETURN (since - 1) / $width AS stretch, count(*) AS versions
