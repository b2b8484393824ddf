/*---
id: STD-05
title: 低保特困疑似重复享受
question: 在保的低保对象是否同时在特困供养名单中？
source:
  document: 同类平台通行的比对规则
  quote: 低保与特困供养同时享受
  note: 讲话未直接提出，同类系统普遍设置
level: person
direction: over_coverage
severity: orange
left: civil_affairs.dibao
right: civil_affairs.tekun
needs: [civil_affairs.dibao, civil_affairs.tekun, roster.population]
gate: []
parameters: []
columns: {civil_affairs.dibao: [[status, stopped_on]]}
flags: [disagree]
findings:
  disagree: 在保的低保对象同时在特困供养名单中
group: civil_affairs
verify_with: 民政局核对两份名单和发放记录。问：现在领的是低保还是特困、何时转的、两笔是否都到账；看：低保证或特困证、转换审批表、银行流水
innocent: [低保已停、名单未更新, 由低保转特困的过渡月份, 同名不同人, 特困名单为申请中人员]
---*/
-- 疑点只看两边身份都已确认的，有一边待核的列为未比对；停保的低保行不算在保
WITH on_dibao AS (
    SELECT
        link_person AS person_id,
        bool_or(link_status = 'confirmed') AS confirmed,
        -- 有已确认的行就只用已确认的
        arg_min(record_id, (link_status <> 'confirmed', record_id)) AS record_id,
        max(monthly_amount) AS amount,
        max(as_of) AS as_of
    FROM active_dibao
    WHERE link_status IN ('confirmed', 'suspected') AND link_person IS NOT NULL
    GROUP BY link_person
),

on_tekun AS (
    SELECT
        link_person AS person_id,
        bool_or(link_status = 'confirmed') AS confirmed,
        arg_min(record_id, (link_status <> 'confirmed', record_id)) AS record_id,
        min(mode) AS mode,
        max(monthly_amount) AS amount,
        max(as_of) AS as_of
    FROM active_tekun
    WHERE link_status IN ('confirmed', 'suspected') AND link_person IS NOT NULL
    GROUP BY link_person
)

SELECT
    d.person_id,
    p.household_id,
    p.village_code,
    CASE WHEN t.person_id IS NOT NULL THEN 'disagree' ELSE 'agree' END AS state,
    d.record_id AS left_record_id,
    t.record_id AS right_record_id,
    '在低保' || coalesce('，月保障金' || number_text(d.amount) || '元', '') AS left_value,
    CASE WHEN t.person_id IS NOT NULL
        THEN '在特困' || coalesce('，' || t.mode, '')
            || coalesce('，月供养金' || number_text(t.amount) || '元', '')
        ELSE '不在特困名单' END AS right_value,
    p.name || CASE WHEN t.person_id IS NOT NULL
        THEN '同时在低保名单（截至' || day_text(d.as_of, 'day') || '）和特困供养名单（截至'
            || day_text(t.as_of, 'day') || '）中，请核对哪一份未更新。'
        ELSE '在低保名单中，不在特困供养名单中。' END AS explanation,
    CASE WHEN NOT (d.confirmed AND t.confirmed)
        THEN '待核身份：所依据的记录尚未确认是本人（户），不作为疑点依据' END AS why_not_compared
FROM on_dibao AS d
INNER JOIN persons AS p ON p.person_id = d.person_id
LEFT JOIN on_tekun AS t ON t.person_id = d.person_id
WHERE d.confirmed OR t.person_id IS NOT NULL
