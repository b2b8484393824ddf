/*---
id: HOU-10
title: 易地搬迁人均住房面积超标准
question: 搬迁户安置面积按搬迁时人口计算，人均是否超过标准？
source: {seed: "002", quote: "嚴格按照人均25平方標準,不按標準沒辦法執行補貼政策"}
level: household
direction: over_coverage
severity: yellow
left: housing.relocations
right: null
needs: [roster.population, housing.relocations]
gate: []
parameters: [relocation_area_per_head]
columns: {housing.relocations: [area, members]}
flags: [disagree]
findings:
  disagree: 安置面积按搬迁时人口计算，人均高于标准
group: housing
verify_with: 易地搬迁主管部门查阅协议和测绘。问：搬迁时家里几口人，后来有无去世、出嫁、分户；看：安置协议、房屋测绘图或房产证
innocent: [搬迁后家庭人口减少, 面积含公摊或附属用房, 单人户按当地规定, 面积单位或人口填写有误]
---*/
-- 一户有几行的（分批登记）取人均面积最大的一行；人口以搬迁名册为准，现在的人口不作依据
WITH moved AS (
    SELECT
        b.*,
        coalesce(b.link_household, b.record_id) AS household_key,
        b.area / nullif(b.members, 0) AS per_head
    FROM housing_relocations AS b
    QUALIFY row_number() OVER (
        PARTITION BY coalesce(b.link_household, b.record_id)
        ORDER BY b.area / nullif(b.members, 0) DESC NULLS LAST, b.record_id
    ) = 1
)

SELECT
    m.link_household AS household_id,
    coalesce(h.village_code, m.village_code) AS village_code,
    -- 恰好等于标准不算超；单人户由当地规定，不列为疑点
    CASE
        WHEN m.members > 1
            AND m.area > m.members * param_number('relocation_area_per_head') + 0.001 THEN 'disagree'
        ELSE 'agree'
    END AS state,
    m.record_id AS left_record_id,
    '安置面积' || coalesce(number_text(m.area), '未填') || '平方米，搬迁人口'
    || coalesce(CAST(m.members AS VARCHAR), '未填') || '人' AS left_value,
    '人均不超过' || number_text(param_number('relocation_area_per_head')) || '平方米' AS right_value,
    m.head_name || '户安置面积' || coalesce(number_text(m.area), '未填') || '平方米，搬迁名册登记人口'
    || coalesce(CAST(m.members AS VARCHAR), '未填') || '人'
    || CASE
        WHEN m.per_head IS NULL THEN '。'
        ELSE '，人均' || number_text(m.per_head) || '平方米，'
    END
    || CASE
        WHEN m.per_head IS NULL THEN ''
        WHEN m.members = 1 THEN '单人户按当地规定掌握。'
        WHEN m.area > m.members * param_number('relocation_area_per_head') + 0.001
            THEN '高于人均' || number_text(param_number('relocation_area_per_head')) || '平方米的标准。'
        ELSE '在人均' || number_text(param_number('relocation_area_per_head')) || '平方米的标准以内。'
    END AS explanation,
    CASE WHEN m.per_head IS NULL THEN '搬迁名册未填安置面积或搬迁人口' END AS why_not_compared
FROM moved AS m
LEFT JOIN households AS h ON h.household_id = m.link_household
