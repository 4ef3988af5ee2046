-- The pooled answers of the scenario: what one would get with all rows in one place. Written by hand,
-- apart from fedcli. The views `north`, `south` and `east` are the sites' rows as they are stored; each
-- heading `--@ query analysis scalars|tables name` says which answer the statement below it gives.

-- Missing codes and NaN are null from here on. NaN is told by its text: from the statistics of a Parquet
-- file, which leave NaN out, DuckDB 2.0 concludes that isnan() is false everywhere.
CREATE VIEW everyone AS
SELECT
    patient_id, visit_id, visit_date, visit_type, age::INTEGER AS age, sex,
    CASE WHEN smoking IN ('unknown', '') THEN NULL ELSE smoking END AS smoking,
    CASE bmi::VARCHAR WHEN 'nan' THEN NULL ELSE bmi END AS bmi,
    sbp::INTEGER AS sbp, diabetes, prior_mi, rare_lung, statin
FROM (FROM north UNION ALL BY NAME FROM south UNION ALL BY NAME FROM east);

-- The declared levels in their order: a combination that nobody has is a row with the count 0.
CREATE TABLE sexes AS SELECT * FROM (VALUES (1, 'female'), (2, 'male')) AS t (place, sex);
CREATE TABLE types AS SELECT * FROM (VALUES (1, 'clinic'), (2, 'emergency'), (3, 'ward')) AS t (place, visit_type);
CREATE TABLE smokings AS SELECT * FROM (VALUES (1, 'never'), (2, 'ex'), (3, 'current')) AS t (place, smoking);
CREATE TABLE flags AS SELECT * FROM (VALUES (1, false), (2, true)) AS t (place, flag);

CREATE VIEW rare AS
SELECT * FROM everyone WHERE visit_type IN ('clinic', 'ward') AND NOT (smoking IS NULL);

CREATE VIEW visits AS
SELECT * FROM everyone WHERE age BETWEEN 40 AND 80 AND prior_mi = false;

CREATE VIEW treatment AS
SELECT * FROM everyone
WHERE year(visit_date) = 2024 AND sbp IS NOT NULL AND (smoking <> 'current' OR bmi >= 25);


--@ 1-who persons scalars n
SELECT count(DISTINCT patient_id) FROM everyone;

--@ 1-who diabetes-by-sex scalars n
SELECT sum(persons) FROM (
    SELECT count(DISTINCT patient_id) AS persons FROM everyone
    WHERE diabetes IS NOT NULL AND sex IS NOT NULL GROUP BY diabetes, sex
);

--@ 1-who diabetes-by-sex scalars n_missing
SELECT count(DISTINCT patient_id) FROM everyone WHERE diabetes IS NULL OR sex IS NULL;

--@ 1-who diabetes-by-sex tables counts
SELECT d.flag AS diabetes, s.sex, count(DISTINCT patient_id) AS count
FROM flags AS d CROSS JOIN sexes AS s
LEFT JOIN everyone AS e ON e.diabetes = d.flag AND e.sex = s.sex
GROUP BY d.place, d.flag, s.place, s.sex ORDER BY d.place, s.place;

--@ 1-who profile tables summary
WITH measured AS (
    SELECT 1 AS place, 'age' AS variable, diabetes, age::DOUBLE AS value FROM everyone
    UNION ALL SELECT 2, 'bmi', diabetes, bmi FROM everyone
    UNION ALL SELECT 3, 'sbp', diabetes, sbp::DOUBLE FROM everyone
)
SELECT
    variable, diabetes, count(value) AS n, count(*) - count(value) AS n_missing,
    avg(value) AS mean, var_samp(value) AS variance, stddev_samp(value) AS sd
FROM measured WHERE diabetes IS NOT NULL
GROUP BY place, variable, diabetes ORDER BY place, diabetes;


--@ 2-rare disease-by-sex scalars n
SELECT sum(persons) FROM (
    SELECT count(DISTINCT patient_id) AS persons FROM rare
    WHERE rare_lung IS NOT NULL AND sex IS NOT NULL GROUP BY rare_lung, sex
);

--@ 2-rare disease-by-sex scalars n_missing
SELECT count(DISTINCT patient_id) FROM rare WHERE rare_lung IS NULL OR sex IS NULL;

--@ 2-rare disease-by-sex tables counts
SELECT r.flag AS rare_lung, s.sex, count(DISTINCT patient_id) AS count
FROM flags AS r CROSS JOIN sexes AS s
LEFT JOIN rare AS e ON e.rare_lung = r.flag AND e.sex = s.sex
GROUP BY r.place, r.flag, s.place, s.sex ORDER BY r.place, s.place;

--@ 2-rare age-and-pressure tables summary
WITH measured AS (
    SELECT 1 AS place, 'age' AS variable, rare_lung, age::DOUBLE AS value FROM rare
    UNION ALL SELECT 2, 'sbp', rare_lung, sbp::DOUBLE FROM rare
)
SELECT
    variable, rare_lung, count(value) AS n, count(*) - count(value) AS n_missing,
    avg(value) AS mean, var_samp(value) AS variance, stddev_samp(value) AS sd
FROM measured WHERE rare_lung IS NOT NULL
GROUP BY place, variable, rare_lung ORDER BY place, rare_lung;


--@ 3-visits visits scalars n
SELECT count(*) FROM visits;

--@ 3-visits visitors scalars n
SELECT count(DISTINCT patient_id) FROM visits;

--@ 3-visits visits-by-type scalars n
SELECT count(*) FROM visits WHERE visit_type IS NOT NULL;

--@ 3-visits visits-by-type scalars n_missing
SELECT count(*) FROM visits WHERE visit_type IS NULL;

--@ 3-visits visits-by-type tables counts
SELECT t.visit_type, count(visit_id) AS count
FROM types AS t LEFT JOIN visits AS v ON v.visit_type = t.visit_type
GROUP BY t.place, t.visit_type ORDER BY t.place;

--@ 3-visits visitors-by-type-and-sex scalars n
SELECT sum(persons) FROM (
    SELECT count(DISTINCT patient_id) AS persons FROM visits
    WHERE visit_type IS NOT NULL AND sex IS NOT NULL GROUP BY visit_type, sex
);

--@ 3-visits visitors-by-type-and-sex scalars n_missing
SELECT count(DISTINCT patient_id) FROM visits WHERE visit_type IS NULL OR sex IS NULL;

--@ 3-visits visitors-by-type-and-sex tables counts
SELECT t.visit_type, s.sex, count(DISTINCT patient_id) AS count
FROM types AS t CROSS JOIN sexes AS s
LEFT JOIN visits AS v ON v.visit_type = t.visit_type AND v.sex = s.sex
GROUP BY t.place, t.visit_type, s.place, s.sex ORDER BY t.place, s.place;

--@ 3-visits visitors-by-smoking scalars n
SELECT sum(persons) FROM (
    SELECT count(DISTINCT patient_id) AS persons FROM visits WHERE smoking IS NOT NULL GROUP BY smoking
);

--@ 3-visits visitors-by-smoking scalars n_missing
SELECT count(DISTINCT patient_id) FROM visits WHERE smoking IS NULL;

--@ 3-visits visitors-by-smoking tables counts
SELECT m.smoking, count(DISTINCT patient_id) AS count
FROM smokings AS m LEFT JOIN visits AS v ON v.smoking = m.smoking
GROUP BY m.place, m.smoking ORDER BY m.place;

--@ 3-visits pressure tables summary
SELECT
    'sbp' AS variable, t.visit_type, s.sex, count(sbp) AS n, count(visit_id) - count(sbp) AS n_missing,
    avg(sbp) AS mean, var_samp(sbp) AS variance, stddev_samp(sbp) AS sd
FROM types AS t CROSS JOIN sexes AS s
LEFT JOIN visits AS v ON v.visit_type = t.visit_type AND v.sex = s.sex
GROUP BY t.place, t.visit_type, s.place, s.sex ORDER BY t.place, s.place;


--@ 4-treatment statin-by-diabetes-and-sex scalars n
SELECT sum(persons) FROM (
    SELECT count(DISTINCT patient_id) AS persons FROM treatment
    WHERE statin IS NOT NULL AND diabetes IS NOT NULL AND sex IS NOT NULL
    GROUP BY statin, diabetes, sex
);

--@ 4-treatment statin-by-diabetes-and-sex scalars n_missing
SELECT count(DISTINCT patient_id) FROM treatment
WHERE statin IS NULL OR diabetes IS NULL OR sex IS NULL;

--@ 4-treatment statin-by-diabetes-and-sex tables counts
SELECT a.flag AS statin, d.flag AS diabetes, s.sex, count(DISTINCT patient_id) AS count
FROM flags AS a CROSS JOIN flags AS d CROSS JOIN sexes AS s
LEFT JOIN treatment AS e ON e.statin = a.flag AND e.diabetes = d.flag AND e.sex = s.sex
GROUP BY a.place, a.flag, d.place, d.flag, s.place, s.sex ORDER BY a.place, d.place, s.place;

--@ 4-treatment statin-after-infarction scalars n
SELECT sum(persons) FROM (
    SELECT count(DISTINCT patient_id) AS persons FROM treatment
    WHERE prior_mi IS NOT NULL AND statin IS NOT NULL GROUP BY prior_mi, statin
);

--@ 4-treatment statin-after-infarction scalars n_missing
SELECT count(DISTINCT patient_id) FROM treatment WHERE prior_mi IS NULL OR statin IS NULL;

--@ 4-treatment statin-after-infarction tables counts
SELECT p.flag AS prior_mi, a.flag AS statin, count(DISTINCT patient_id) AS count
FROM flags AS p CROSS JOIN flags AS a
LEFT JOIN treatment AS e ON e.prior_mi = p.flag AND e.statin = a.flag
GROUP BY p.place, p.flag, a.place, a.flag ORDER BY p.place, a.place;

--@ 4-treatment measures tables summary
WITH measured AS (
    SELECT 1 AS place, 'age' AS variable, age::DOUBLE AS value FROM treatment
    UNION ALL SELECT 2, 'bmi', bmi FROM treatment
    UNION ALL SELECT 3, 'sbp', sbp::DOUBLE FROM treatment
)
SELECT
    variable, count(value) AS n, count(*) - count(value) AS n_missing,
    avg(value) AS mean, var_samp(value) AS variance, stddev_samp(value) AS sd
FROM measured GROUP BY place, variable ORDER BY place;
