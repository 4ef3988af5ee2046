-- The pooled answers of the scenario: what one would get with all rows in one place. Written by hand,
-- apart from fedcli. The views `alpine`, `harbour` and `meadow` are the sites' rows as they are stored;
-- each heading `--@ query analysis scalars|tables name` says which answer the statement below it gives.

-- Missing codes and NaN are null from here on. NaN is told by its text: from the statistics of a Parquet
-- file, which leave NaN out, DuckDB 2.0 concludes that isnan() is false everywhere.
CREATE VIEW paid AS
SELECT
    account_id, payment_id, day, hour::INTEGER AS hour, channel,
    CASE WHEN merchant IN ('unknown', '') THEN NULL ELSE merchant END AS merchant,
    nullif(country, 'XX') AS country,
    CASE amount::VARCHAR WHEN 'nan' THEN NULL ELSE amount END AS amount,
    fraud
FROM (FROM alpine UNION ALL BY NAME FROM harbour UNION ALL BY NAME FROM meadow);

-- The declared levels in their order: a combination that nobody has is a row with the count 0.
CREATE TABLE channels AS
SELECT * FROM (VALUES (1, 'chip'), (2, 'contactless'), (3, 'online'), (4, 'atm')) AS t (place, channel);
CREATE TABLE countries AS
SELECT * FROM (VALUES (1, 'domestic'), (2, 'eea'), (3, 'other')) AS t (place, country);
CREATE TABLE flags AS SELECT * FROM (VALUES (1, false), (2, true)) AS t (place, flag);

CREATE VIEW known AS SELECT * FROM paid WHERE merchant IS NOT NULL AND merchant <> 'other';

CREATE VIEW nights AS
SELECT * FROM paid
WHERE channel = 'online' AND hour IN (22, 23, 0, 1, 2, 3, 4, 5) AND fraud IS NOT NULL AND amount IS NOT NULL;

CREATE VIEW shops AS
SELECT * FROM paid
WHERE channel = 'online' AND country IS NOT NULL AND fraud IS NOT NULL AND amount IS NOT NULL AND amount > 0;


--@ 1-payments accounts scalars n
SELECT count(DISTINCT account_id) FROM paid;

--@ 1-payments payments scalars n
SELECT count(*) FROM paid;

--@ 1-payments payments-by-channel-and-country scalars n
SELECT count(*) FROM paid WHERE channel IS NOT NULL AND country IS NOT NULL;

--@ 1-payments payments-by-channel-and-country scalars n_missing
SELECT count(*) FROM paid WHERE channel IS NULL OR country IS NULL;

--@ 1-payments payments-by-channel-and-country tables counts
SELECT c.channel, a.country, count(payment_id) AS count
FROM channels AS c CROSS JOIN countries AS a
LEFT JOIN paid AS p ON p.channel = c.channel AND p.country = a.country
GROUP BY c.place, c.channel, a.place, a.country ORDER BY c.place, a.place;

--@ 1-payments amounts tables summary
SELECT
    'amount' AS variable, c.channel, count(amount) AS n, count(payment_id) - count(amount) AS n_missing,
    avg(amount) AS mean, var_samp(amount) AS variance, stddev_samp(amount) AS sd
FROM channels AS c LEFT JOIN paid AS p ON p.channel = c.channel
GROUP BY c.place, c.channel ORDER BY c.place;


--@ 2-misuse accounts-by-fraud-and-channel scalars n
SELECT sum(accounts) FROM (
    SELECT count(DISTINCT account_id) AS accounts FROM known
    WHERE fraud IS NOT NULL AND channel IS NOT NULL GROUP BY fraud, channel
);

--@ 2-misuse accounts-by-fraud-and-channel scalars n_missing
SELECT count(DISTINCT account_id) FROM known WHERE fraud IS NULL OR channel IS NULL;

--@ 2-misuse accounts-by-fraud-and-channel tables counts
SELECT f.flag AS fraud, c.channel, count(DISTINCT account_id) AS count
FROM flags AS f CROSS JOIN channels AS c
LEFT JOIN known AS k ON k.fraud = f.flag AND k.channel = c.channel
GROUP BY f.place, f.flag, c.place, c.channel ORDER BY f.place, c.place;

--@ 2-misuse amounts tables summary
SELECT
    'amount' AS variable, f.flag AS fraud, c.channel,
    count(amount) AS n, count(payment_id) - count(amount) AS n_missing,
    avg(amount) AS mean, var_samp(amount) AS variance, stddev_samp(amount) AS sd
FROM flags AS f CROSS JOIN channels AS c
LEFT JOIN known AS k ON k.fraud = f.flag AND k.channel = c.channel
GROUP BY f.place, f.flag, c.place, c.channel ORDER BY f.place, c.place;


--@ 3-nights payments-by-fraud scalars n
SELECT count(*) FROM nights;

--@ 3-nights payments-by-fraud scalars n_missing
SELECT count(*) FROM nights WHERE fraud IS NULL;

--@ 3-nights payments-by-fraud tables counts
SELECT f.flag AS fraud, count(payment_id) AS count
FROM flags AS f LEFT JOIN nights AS n ON n.fraud = f.flag
GROUP BY f.place, f.flag ORDER BY f.place;

--@ 3-nights accounts-by-fraud scalars n
SELECT sum(accounts) FROM (SELECT count(DISTINCT account_id) AS accounts FROM nights GROUP BY fraud);

--@ 3-nights accounts-by-fraud scalars n_missing
SELECT count(DISTINCT account_id) FROM nights WHERE fraud IS NULL;

--@ 3-nights accounts-by-fraud tables counts
SELECT f.flag AS fraud, count(DISTINCT account_id) AS count
FROM flags AS f LEFT JOIN nights AS n ON n.fraud = f.flag
GROUP BY f.place, f.flag ORDER BY f.place;

--@ 3-nights amounts tables summary
SELECT
    'amount' AS variable, f.flag AS fraud, count(amount) AS n, count(payment_id) - count(amount) AS n_missing,
    avg(amount) AS mean, var_samp(amount) AS variance, stddev_samp(amount) AS sd
FROM flags AS f LEFT JOIN nights AS n ON n.fraud = f.flag
GROUP BY f.place, f.flag ORDER BY f.place;


--@ 4-abroad accounts-by-fraud-and-country scalars n
SELECT sum(accounts) FROM (
    SELECT count(DISTINCT account_id) AS accounts FROM shops GROUP BY fraud, country
);

--@ 4-abroad accounts-by-fraud-and-country scalars n_missing
SELECT count(DISTINCT account_id) FROM shops WHERE fraud IS NULL OR country IS NULL;

--@ 4-abroad accounts-by-fraud-and-country tables counts
SELECT f.flag AS fraud, a.country, count(DISTINCT account_id) AS count
FROM flags AS f CROSS JOIN countries AS a
LEFT JOIN shops AS s ON s.fraud = f.flag AND s.country = a.country
GROUP BY f.place, f.flag, a.place, a.country ORDER BY f.place, a.place;

--@ 4-abroad amounts tables summary
SELECT
    'amount' AS variable, f.flag AS fraud, a.country,
    count(amount) AS n, count(payment_id) - count(amount) AS n_missing,
    avg(amount) AS mean, var_samp(amount) AS variance, stddev_samp(amount) AS sd
FROM flags AS f CROSS JOIN countries AS a
LEFT JOIN shops AS s ON s.fraud = f.flag AND s.country = a.country
GROUP BY f.place, f.flag, a.place, a.country ORDER BY f.place, a.place;
