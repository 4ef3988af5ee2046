-- The pooled answers of the scenario: what one would get with all rows in one place. Written by hand,
-- apart from fedcli. The views `anvil`, `brook` and `corvid` are the sites' rows as they are stored; each
-- heading `--@ query analysis scalars|tables name` says which answer the statement below it gives.

-- Missing codes are null from here on.
CREATE VIEW sent AS
SELECT
    account_id, delivery_id, quarter::INTEGER AS quarter, family, transport,
    nullif(delay::INTEGER, -999) AS delay, late, nullif(defects::INTEGER, -1) AS defects, complaint, value
FROM (FROM anvil UNION ALL BY NAME FROM brook UNION ALL BY NAME FROM corvid);

-- The declared levels in their order: a combination that nobody has is a row with the count 0.
CREATE TABLE families AS
SELECT * FROM (VALUES (1, 'casting'), (2, 'bearing'), (3, 'seal'), (4, 'electronics')) AS t (place, family);
CREATE TABLE transports AS
SELECT * FROM (VALUES (1, 'road'), (2, 'rail'), (3, 'sea'), (4, 'air')) AS t (place, transport);
CREATE TABLE quarters AS SELECT * FROM (VALUES (1), (2), (3), (4)) AS t (quarter);
CREATE TABLE flags AS SELECT * FROM (VALUES (1, false), (2, true)) AS t (place, flag);

CREATE VIEW flown AS SELECT * FROM sent WHERE transport = 'air' AND defects IS NOT NULL;

CREATE VIEW shipped AS SELECT * FROM sent WHERE transport = 'sea' AND delay IS NOT NULL;


--@ 1-deliveries accounts scalars n
SELECT count(DISTINCT account_id) FROM sent;

--@ 1-deliveries deliveries scalars n
SELECT count(*) FROM sent;

--@ 1-deliveries deliveries-by-family-and-transport scalars n
SELECT count(*) FROM sent WHERE family IS NOT NULL AND transport IS NOT NULL;

--@ 1-deliveries deliveries-by-family-and-transport scalars n_missing
SELECT count(*) FROM sent WHERE family IS NULL OR transport IS NULL;

--@ 1-deliveries deliveries-by-family-and-transport tables counts
SELECT f.family, t.transport, count(delivery_id) AS count
FROM families AS f CROSS JOIN transports AS t
LEFT JOIN sent AS s ON s.family = f.family AND s.transport = t.transport
GROUP BY f.place, f.family, t.place, t.transport ORDER BY f.place, t.place;

--@ 1-deliveries delay tables summary
SELECT
    'delay' AS variable, f.family, count(delay) AS n, count(delivery_id) - count(delay) AS n_missing,
    avg(delay) AS mean, var_samp(delay) AS variance, stddev_samp(delay) AS sd
FROM families AS f LEFT JOIN sent AS s ON s.family = f.family
GROUP BY f.place, f.family ORDER BY f.place;


--@ 2-air accounts-by-lateness-and-family scalars n
SELECT sum(accounts) FROM (
    SELECT count(DISTINCT account_id) AS accounts FROM flown WHERE late IS NOT NULL GROUP BY late, family
);

--@ 2-air accounts-by-lateness-and-family scalars n_missing
SELECT count(DISTINCT account_id) FROM flown WHERE late IS NULL OR family IS NULL;

--@ 2-air accounts-by-lateness-and-family tables counts
SELECT l.flag AS late, f.family, count(DISTINCT account_id) AS count
FROM flags AS l CROSS JOIN families AS f
LEFT JOIN flown AS a ON a.late = l.flag AND a.family = f.family
GROUP BY l.place, l.flag, f.place, f.family ORDER BY l.place, f.place;

--@ 2-air delay tables summary
SELECT
    'delay' AS variable, l.flag AS late, f.family,
    count(delay) AS n, count(delivery_id) - count(delay) AS n_missing,
    avg(delay) AS mean, var_samp(delay) AS variance, stddev_samp(delay) AS sd
FROM flags AS l CROSS JOIN families AS f
LEFT JOIN flown AS a ON a.late = l.flag AND a.family = f.family
GROUP BY l.place, l.flag, f.place, f.family ORDER BY l.place, f.place;


--@ 3-port accounts-by-lateness-and-quarter scalars n
SELECT sum(accounts) FROM (
    SELECT count(DISTINCT account_id) AS accounts FROM shipped WHERE late IS NOT NULL GROUP BY late, quarter
);

--@ 3-port accounts-by-lateness-and-quarter scalars n_missing
SELECT count(DISTINCT account_id) FROM shipped WHERE late IS NULL OR quarter IS NULL;

--@ 3-port accounts-by-lateness-and-quarter tables counts
SELECT l.flag AS late, q.quarter, count(DISTINCT account_id) AS count
FROM flags AS l CROSS JOIN quarters AS q
LEFT JOIN shipped AS s ON s.late = l.flag AND s.quarter = q.quarter
GROUP BY l.place, l.flag, q.quarter ORDER BY l.place, q.quarter;

--@ 3-port delay tables summary
SELECT
    'delay' AS variable, q.quarter, count(delay) AS n, count(delivery_id) - count(delay) AS n_missing,
    avg(delay) AS mean, var_samp(delay) AS variance, stddev_samp(delay) AS sd
FROM quarters AS q LEFT JOIN shipped AS s ON s.quarter = q.quarter
GROUP BY q.quarter ORDER BY q.quarter;


--@ 4-value accounts-by-complaint-and-family scalars n
SELECT sum(accounts) FROM (
    SELECT count(DISTINCT account_id) AS accounts FROM sent WHERE complaint IS NOT NULL GROUP BY complaint, family
);

--@ 4-value accounts-by-complaint-and-family scalars n_missing
SELECT count(DISTINCT account_id) FROM sent WHERE complaint IS NULL OR family IS NULL;

--@ 4-value accounts-by-complaint-and-family tables counts
SELECT c.flag AS complaint, f.family, count(DISTINCT account_id) AS count
FROM flags AS c CROSS JOIN families AS f
LEFT JOIN sent AS s ON s.complaint = c.flag AND s.family = f.family
GROUP BY c.place, c.flag, f.place, f.family ORDER BY c.place, f.place;

--@ 4-value value tables summary
SELECT
    'value' AS variable, f.family, count(value) AS n, count(delivery_id) - count(value) AS n_missing,
    avg(value) AS mean, var_samp(value) AS variance, stddev_samp(value) AS sd
FROM families AS f LEFT JOIN sent AS s ON s.family = f.family
GROUP BY f.place, f.family ORDER BY f.place;
