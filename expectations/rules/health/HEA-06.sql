/*---
id: HEA-06
title: 因病致贫返贫户无患病成员
question: 返贫风险为因病的在测监测户，是否有成员在大病慢病名单中？
source: {seed: "002", quote: "某戶致貧原因是啥?回答是有病人,再問誰是病人,是戶主、配偶、還是孩子?就接不上話了"}
level: household
direction: data_quality
severity: yellow
left: roster.monitored
right: health.illnesses
needs: [roster.population, roster.monitored, health.illnesses]
gate: [health.illnesses]
parameters: []
columns: {roster.monitored: [risks]}
flags: [not_found]
findings:
  not_found: 监测户的返贫风险登记为因病，大病慢病名单中没有找到这户的成员
group: health
verify_with: 乡镇会同卫健局入户。问：家里谁在看病、在哪里看、自付多少，或是过去治病欠的债；看：诊断证明或慢病证、费用单据；清单上只写核实结果，不写病名
innocent: [病人已去世但债务仍在, 在外地确诊尚未录入, 病种不在大病慢病目录内, 患病的是户外供养的亲属, 病人登记在另一户]
---*/
WITH because_of_illness AS (
    SELECT * FROM active_monitored WHERE list_contains(risks, '因病')
),

-- 大病、慢病都算；待核身份的也算；病人已去世、已从名册中除去的仍能说明因病
ill AS (
    SELECT
        coalesce(i.link_household, f.household_id) AS household_id,
        min(i.record_id) AS record_id,
        count(DISTINCT coalesce(i.link_person, i.link_former, i.record_id)) AS patients
    FROM health_illnesses AS i
    LEFT JOIN former_persons AS f ON f.person_id = i.link_former
    WHERE
        coalesce(i.link_household, f.household_id) IS NOT NULL
        AND i.link_status IN ('confirmed', 'suspected')
    GROUP BY coalesce(i.link_household, f.household_id)
)

SELECT
    m.household_id,
    m.village_code,
    CASE WHEN i.household_id IS NOT NULL THEN 'agree' ELSE 'not_found' END AS state,
    m.record_id AS left_record_id,
    i.record_id AS right_record_id,
    '返贫风险：' || array_to_string(m.risks, '、') AS left_value,
    CASE WHEN i.household_id IS NOT NULL THEN '有' || i.patients || '名成员在名单中'
        ELSE '无成员在名单中' END AS right_value,
    m.current_head_name || '户的返贫风险登记为“因病”，'
    || CASE WHEN i.household_id IS NOT NULL THEN '有' || i.patients || '名成员在大病慢病名单中。'
        ELSE '大病慢病名单中没有这户的成员，请说明是哪位成员患病。' END AS explanation
FROM because_of_illness AS m
LEFT JOIN ill AS i ON i.household_id = m.household_id
