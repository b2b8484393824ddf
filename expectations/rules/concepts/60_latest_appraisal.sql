-- 现住房最近一次鉴定，一户一行：不看写明无人居住的房屋；同一天有几个等级时取最安全的。
-- 没有日期的鉴定排在最后。身份已确认或待核的都看。
SELECT
    link_household AS household_id,
    record_id,
    grade,
    appraised_on,
    appraised_on_precision,
    link_status
FROM housing_appraisals
WHERE
    link_household IS NOT NULL
    AND link_status IN ('confirmed', 'suspected')
    AND occupied IS DISTINCT FROM FALSE
    AND (appraised_on IS NULL OR appraised_on <= round_date())
QUALIFY row_number() OVER (
    PARTITION BY link_household ORDER BY appraised_on DESC NULLS LAST, grade, record_id
) = 1
