-- 有在世居民的户，一户一行：在世人数 alive，以及代表本户的名册行（户主在世取户主，否则取任一成员）。
SELECT
    p.household_id,
    min(p.village_code) AS village_code,
    count(*) AS alive,
    coalesce(
        min(p.record_id) FILTER (WHERE p.person_id = h.head_person_id),
        min(p.record_id)
    ) AS record_id,
    coalesce(any_value(h.head_name), min(p.head_name), min(p.name)) AS head_name
FROM alive_persons AS p
LEFT JOIN households AS h ON h.household_id = p.household_id
WHERE p.household_id IS NOT NULL
GROUP BY p.household_id
