/*---
id: HOU-01
title: 重点对象住房未鉴定
question: 脱贫户、监测户和低保户的住房是否有鉴定记录？
source: {seed: "001-2", quote: "核对所有建档立卡贫困户、低保户、5保户、重病重残户住房安全情况"}
level: household
direction: under_coverage
severity: orange
left: roster.population
right: housing.appraisals
needs: [roster.population, roster.monitored, health.deaths, civil_affairs.dibao, housing.appraisals]
gate: [housing.appraisals]
parameters: []
flags: [not_found]
findings:
  not_found: 在房屋鉴定名册中没有找到这户任何成员名下的鉴定记录
group: housing
verify_with: 住建局会同乡镇入户。问：现在住的是谁的房、鉴定过没有、登记在谁名下；看：鉴定报告或门牌，拍现住房照片，租住的看租房协议
innocent: [鉴定登记在配偶、其他成员或前户主名下, 与子女或亲属同住, 租住或住安置房, 鉴定名册中证件号有误]
---*/
-- 脱贫户、监测户，或有成员在保的低保户；全户已无在世居民的不列入
WITH priority AS (
    SELECT
        h.household_id,
        h.village_code,
        h.record_id,
        h.head_name,
        concat_ws('、', w.kind, CASE WHEN d.household_id IS NOT NULL THEN '低保户' END) AS kind
    FROM living_households AS h
    LEFT JOIN poor_households AS w ON w.household_id = h.household_id
    LEFT JOIN dibao_households AS d ON d.household_id = h.household_id
    WHERE w.household_id IS NOT NULL OR d.household_id IS NOT NULL
),

-- 任一处住房有鉴定即可，登记在谁名下都算（关联到户时已看成员和前户主）；待核身份的也算
appraised AS (
    SELECT
        link_household AS household_id,
        min(record_id) AS record_id,
        string_agg(DISTINCT grade, '、' ORDER BY grade) AS grades
    FROM housing_appraisals
    WHERE link_household IS NOT NULL AND link_status IN ('confirmed', 'suspected')
    GROUP BY link_household
)

SELECT
    p.household_id,
    p.village_code,
    CASE WHEN a.household_id IS NOT NULL THEN 'agree' ELSE 'not_found' END AS state,
    p.record_id AS left_record_id,
    a.record_id AS right_record_id,
    p.kind AS left_value,
    CASE WHEN a.household_id IS NOT NULL THEN '已鉴定' || coalesce('：' || a.grades || '级', '')
        ELSE '无鉴定记录' END AS right_value,
    p.head_name || '户是' || p.kind || '，'
    || CASE WHEN a.household_id IS NOT NULL THEN '住房已有鉴定记录。'
        ELSE '在房屋鉴定名册中没有这户任何成员名下的鉴定记录。' END AS explanation
FROM priority AS p
LEFT JOIN appraised AS a ON a.household_id = p.household_id
