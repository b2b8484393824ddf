-- 本年度已参保的人：有效参保、年度为本期所在年，险种和参保地不限，身份已确认或待核都算，一人一行。
-- 婴儿以母亲名义（“某某之子”“某某之女”）或用家人证件参保的也算。
WITH this_year AS (
    SELECT
        *,
        regexp_matches(name, '(之子|之女|之婴|婴儿|新生儿)$') AS in_mothers_name,
        regexp_replace(name_key, '(之子|之女|之婴|婴儿|新生儿)$', '') AS mothers_name,
        CASE WHEN name LIKE '%之子' THEN '男' WHEN name LIKE '%之女' THEN '女' END AS childs_sex
    FROM coverage_in_force
    WHERE covered_year = year(round_date())
),

own AS (
    SELECT link_person AS person_id, record_id
    FROM this_year
    WHERE link_person IS NOT NULL AND link_status IN ('confirmed', 'suspected')
),

-- 只用于出生不满 newborn_watch_days 天的孩子：更大的孩子应有自己的参保记录
infants AS (
    SELECT person_id, household_id, name_key, sex
    FROM alive_persons
    WHERE date_diff('day', birth_date, round_date()) <= param_number('newborn_watch_days')
),

families AS (
    SELECT p.household_id, p.id_number, p.name_key, p.village_code, p.village
    FROM persons AS p
    SEMI JOIN infants AS i ON i.household_id = p.household_id
),

under_the_mother AS (
    -- 这样写名字的行关联到了孩子所在的户
    SELECT i.person_id, i.sex, c.childs_sex, c.record_id
    FROM this_year AS c
    INNER JOIN infants AS i ON i.household_id = c.link_household
    WHERE c.in_mothers_name AND c.link_status IN ('confirmed', 'suspected')
    UNION
    -- 证件是家人的，姓名是孩子的或这样写的
    SELECT i.person_id, i.sex, c.childs_sex, c.record_id
    FROM this_year AS c
    INNER JOIN families AS f ON f.id_number = c.id_number
    INNER JOIN infants AS i ON i.household_id = f.household_id
    WHERE c.in_mothers_name OR c.name_key = i.name_key
    UNION
    -- 没有可用的证件：姓名前半是同村家人的姓名；只知道村名、不知道是哪个乡镇的，按村名
    SELECT i.person_id, i.sex, c.childs_sex, c.record_id
    FROM this_year AS c
    INNER JOIN families AS f
        ON
            f.name_key = c.mothers_name
            AND f.village_code = coalesce(c.village_code, f.village_code)
            AND (c.village_code IS NOT NULL OR f.village = coalesce(c.village, f.village))
    INNER JOIN infants AS i ON i.household_id = f.household_id
    WHERE c.in_mothers_name
)

SELECT person_id, min(record_id) AS record_id
FROM (
    SELECT person_id, record_id FROM own
    UNION ALL
    -- “之女”不是儿子的记录
    SELECT person_id, record_id FROM under_the_mother
    WHERE sex IS NULL OR childs_sex IS NULL OR sex = childs_sex
) AS covered
GROUP BY person_id
