-- 脱贫户和监测对象户：户类型为脱贫户或监测对象，或在监测对象名册中（无论风险是否已消除），一户一行。
WITH by_type AS (
    SELECT household_id, max(household_type) AS kind
    FROM (
        SELECT household_id, household_type FROM households
        UNION ALL
        SELECT household_id, household_type FROM persons
    ) AS types
    WHERE household_type IN ('脱贫户', '监测对象')
    GROUP BY household_id
)

SELECT
    coalesce(t.household_id, m.household_id) AS household_id,
    CASE WHEN m.active THEN '监测对象' WHEN t.kind IS NOT NULL THEN t.kind
        ELSE '监测对象（风险已消除）' END AS kind,
    m.record_id AS monitored_record_id
FROM by_type AS t
FULL JOIN monitored_households AS m ON m.household_id = t.household_id
WHERE coalesce(t.household_id, m.household_id) IS NOT NULL
