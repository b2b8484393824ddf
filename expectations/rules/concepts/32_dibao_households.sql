-- 低保户：至少有一名成员在保、且其身份已确认的户，一户一行。待核身份的低保行不使一户成为低保户。
SELECT link_household AS household_id, min(record_id) AS record_id
FROM active_dibao
WHERE link_status = 'confirmed' AND link_household IS NOT NULL
GROUP BY link_household
