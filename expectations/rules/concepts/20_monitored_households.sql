-- 监测对象户（含风险已消除的），一户一行。户按关联结果（已确认或待核）归到人口名册的户；
-- 未能关联的仍按监测名册自己的户编号算一户。同一户有几行时取风险未消除的、识别最晚的一行。
-- active：到本期风险未消除。填“是否已消除”的看这一栏（消除日期晚于本期的仍算未消除）；没填的看消除日期。
WITH listed AS (
    SELECT
        coalesce(m.link_household, m.household_id) AS household_key,
        NOT coalesce(
            m.risk_removed AND coalesce(m.risk_removed_on <= round_date(), TRUE),
            m.risk_removed_on <= round_date(),
            FALSE
        ) AS active,
        m.*
    FROM roster_monitored AS m
)

SELECT
    l.* EXCLUDE (household_id, village_code),
    l.household_key AS household_id,
    coalesce(h.village_code, l.village_code) AS village_code,
    coalesce(h.head_name, l.head_name) AS current_head_name
FROM listed AS l
LEFT JOIN households AS h ON h.household_id = l.household_key
QUALIFY row_number() OVER (
    PARTITION BY l.household_key ORDER BY l.active DESC, l.identified_on DESC NULLS LAST, l.record_id
) = 1
