/*---
id: HOU-02
title: 危房未保障
question: 现住房鉴定为C级或D级的户，是否已改造竣工或搬迁入住？
source: {seed: "001-2", quote: "展开住房危险性鉴定和质量安全排查情况"}
level: household
direction: under_coverage
severity: red
left: housing.appraisals
right: housing.renovations
needs: [roster.population, housing.appraisals, housing.renovations, housing.relocations]
gate: [housing.renovations, housing.relocations]
parameters: []
columns: {housing.renovations: [[finished_on, accepted_on, moved_in_on]],
          housing.relocations: [[moved_in, moved_in_on]]}
flags: [not_found]
findings:
  not_found: 现住房鉴定为C级或D级，此后没有找到竣工的改造或搬迁入住的记录
group: housing
verify_with: 住建局会同乡镇入户。问：现在住在哪里、危房还住不住人、改造到哪一步；看：竣工验收表、安置房钥匙交接单，拍现住房和原危房照片
innocent: [已另有安全住房或与子女同住, 改造登记在其他成员或前户主名下, 危房已不住人, 已改造尚未录入竣工, 复评已为A级或B级]
---*/
WITH dangerous AS (
    SELECT a.*, h.village_code, h.head_name
    FROM latest_appraisal AS a
    INNER JOIN households AS h ON h.household_id = a.household_id
    WHERE a.grade IN ('C', 'D')
),

-- 竣工：看竣工日期，没填的看验收或入住日期；不晚于本期。
-- 只有月份或年份的按最晚一天算，与鉴定在同一天或同一月的算在鉴定之后
renovated AS (
    SELECT
        link_household AS household_id,
        record_id,
        coalesce(
            latest_day(finished_on, finished_on_precision),
            latest_day(accepted_on, accepted_on_precision),
            latest_day(moved_in_on, moved_in_on_precision)
        ) AS done_by,
        coalesce(finished_on, accepted_on, moved_in_on) AS done_on
    FROM housing_renovations
    WHERE link_household IS NOT NULL AND link_status IN ('confirmed', 'suspected')
),

secured AS (
    SELECT
        d.household_id,
        min(r.record_id) AS record_id,
        '改造已竣工（' || strftime(max(r.done_on), '%Y-%m') || '）' AS how
    FROM dangerous AS d
    INNER JOIN renovated AS r ON r.household_id = d.household_id
    WHERE r.done_on <= round_date() AND (d.appraised_on IS NULL OR r.done_by >= d.appraised_on)
    GROUP BY d.household_id
    UNION ALL
    SELECT
        link_household AS household_id,
        min(record_id) AS record_id,
        '已搬迁入住' || coalesce('（' || strftime(max(moved_in_on), '%Y-%m') || '）', '') AS how
    FROM housing_relocations
    WHERE
        link_household IS NOT NULL
        AND link_status IN ('confirmed', 'suspected')
        AND coalesce(moved_in, TRUE)
        AND coalesce(moved_in_on <= round_date(), moved_in, FALSE)
    GROUP BY link_household
),

secured_once AS (
    SELECT
        household_id,
        min(record_id) AS record_id,
        string_agg(how, '，' ORDER BY how) AS how
    FROM secured
    GROUP BY household_id
)

SELECT
    d.household_id,
    d.village_code,
    CASE WHEN s.household_id IS NOT NULL THEN 'agree' ELSE 'not_found' END AS state,
    d.record_id AS left_record_id,
    s.record_id AS right_record_id,
    d.grade || '级' || coalesce('，' || day_text(d.appraised_on, d.appraised_on_precision) || '鉴定', '')
        AS left_value,
    coalesce(s.how, '无竣工的改造，无搬迁入住') AS right_value,
    d.head_name || '户现住房'
    || coalesce(day_text(d.appraised_on, d.appraised_on_precision), '') || '鉴定为' || d.grade || '级，'
    || coalesce(s.how || '。', '鉴定之后没有竣工的危房改造，也没有搬迁入住的记录。') AS explanation
FROM dangerous AS d
LEFT JOIN secured_once AS s ON s.household_id = d.household_id
