/*---
id: MON-14
title: 帮扶措施与风险不对应
question: 在测监测户的每种返贫风险，是否都有对应的帮扶措施？
source: {seed: "000", quote: "每户要明确一名干部作为帮扶责任人,按照“一户一策”“缺什么补什么”的原则,制定帮扶方案"}
level: household
direction: under_coverage
severity: orange
left: roster.monitored
right: null
needs: [roster.population, roster.monitored]
gate: []
parameters: [risk_measure_matrix]
columns: {roster.monitored: [risks, measures]}
column_states: [agree, disagree]
flags: [disagree]
findings:
  disagree: 登记的风险中，有的没有对应的帮扶措施
group: monitored
verify_with: 乡镇会同行业部门入户。问：针对这项风险给过什么帮助、何时开始、有没有用；看：帮扶手册、措施落实凭证；已落实的补录，没有的制定措施
innocent: [措施已落实尚未录入, 措施登记名称不同, 刚识别尚在制定, 风险即将消除]
---*/
WITH matrix AS (
    SELECT key AS risk, from_json(value, '["VARCHAR"]') AS measures
    FROM json_each(param_json('risk_measure_matrix'))
),

-- 每户每种风险一行；对应关系表里没有的风险（其他等）不判断
risks AS (
    SELECT
        a.household_id,
        r.risk,
        coalesce(list_has_any(coalesce(a.measures, []), m.measures), FALSE) AS answered
    FROM active_monitored AS a
    CROSS JOIN unnest(a.risks) AS r (risk)
    INNER JOIN matrix AS m ON m.risk = r.risk
),

unanswered AS (
    SELECT household_id, string_agg(DISTINCT risk, '、' ORDER BY risk) AS risks
    FROM risks
    WHERE NOT answered
    GROUP BY household_id
)

SELECT
    a.household_id,
    a.village_code,
    CASE WHEN u.household_id IS NOT NULL THEN 'disagree' ELSE 'agree' END AS state,
    a.record_id AS left_record_id,
    '风险：' || coalesce(nullif(array_to_string(a.risks, '、'), ''), '未填') AS left_value,
    '措施：' || coalesce(nullif(array_to_string(a.measures, '、'), ''), '未填') AS right_value,
    a.current_head_name || '户'
    || CASE WHEN u.household_id IS NOT NULL
        THEN '的风险“' || u.risks || '”没有对应的帮扶措施，登记的措施为：'
            || coalesce(nullif(array_to_string(a.measures, '、'), ''), '未填') || '。'
        ELSE '的每种风险都有对应的帮扶措施。' END AS explanation
FROM active_monitored AS a
LEFT JOIN unanswered AS u ON u.household_id = a.household_id
