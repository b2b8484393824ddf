-- 大病患者：大病名单（不含慢病）中身份已确认或待核的人，一人一行；确诊日期晚于本期的不算。
SELECT
    link_person AS person_id,
    bool_or(link_status = 'confirmed') AS confirmed,
    coalesce(
        min(record_id) FILTER (WHERE link_status = 'confirmed'), min(record_id)
    ) AS record_id,
    string_agg(DISTINCT illness, '、' ORDER BY illness) AS illnesses
FROM health_illnesses
WHERE
    kind = '大病'
    AND link_person IS NOT NULL
    AND link_status IN ('confirmed', 'suspected')
    AND (diagnosed_on IS NULL OR diagnosed_on <= round_date())
GROUP BY link_person
