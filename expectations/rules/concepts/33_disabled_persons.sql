-- 持残疾证的人，一人一行：confirmed 表示身份已确认；severe 表示等级属于重度（参数 severe_disability_levels）。
-- 证件已注销、迁出的不算。
SELECT
    link_person AS person_id,
    bool_or(link_status = 'confirmed') AS confirmed,
    bool_or(coalesce(list_contains(param_list('severe_disability_levels'), level), FALSE)) AS severe
FROM civil_affairs_disability
WHERE
    link_person IS NOT NULL
    AND link_status IN ('confirmed', 'suspected')
    AND (status IS NULL OR status = '正常')
GROUP BY link_person
