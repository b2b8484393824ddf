/*---
id: CIV-05
title: 档外重病户
question: 大病患者所在的户是否已是脱贫户或监测户？
source: {seed: "001-2", quote: "建档立卡外所有农村低保人口、分散供养5保户、重残户、重病户和边沿户"}
level: person
direction: under_coverage
severity: yellow
left: health.illnesses
right: roster.population
needs: [roster.population, roster.monitored, health.deaths, health.illnesses]
gate: [roster.monitored]
parameters: []
columns: {health.illnesses: [kind], roster.population: [household_type]}
flags: [disagree, not_found]
findings:
  disagree: 本人在大病名单中，所在户是一般农户，不在监测对象名册中
  not_found: 本人在大病名单中，名册中没有查到所在户是脱贫户或监测户
group: civil_affairs
verify_with: 乡镇入户，会同民政局、卫健局。问：看病自付了多少、家里收入和负债、上学和住房有无困难；看：医疗费结算单、户口簿；不问也不记病名
innocent: [家庭负担得起, 治疗费用已按政策报销, 已治愈, 已排查不符合监测条件, 家庭户已在监测名册但户编号不同]
---*/
-- 档外五类的基础名单：凡户不是脱贫户、监测户的大病患者都列出，不是认定其有困难。慢病不列。
-- 人口名册写明是一般农户的，依据就是人口名册（disagree）；没有写户类型的，只凭不在监测名册（not_found），
-- 监测名册没有报来的村不作比对
SELECT
    p.person_id,
    p.household_id,
    p.village_code,
    CASE WHEN p.household_type IS NOT NULL THEN 'disagree' ELSE 'not_found' END AS state,
    s.record_id AS left_record_id,
    p.record_id AS right_record_id,
    s.illnesses AS left_value,
    coalesce(p.household_type, '户类型未填') || '，不在监测名册' AS right_value,
    p.name || '在大病名单中，所在户（户主' || coalesce(h.head_name, p.head_name, p.name)
    || '）不是脱贫户，也不在监测对象名册中，请入户了解教育、医疗、住房和饮水保障情况。' AS explanation
FROM serious_illness AS s
INNER JOIN alive_persons AS p ON p.person_id = s.person_id
LEFT JOIN households AS h ON h.household_id = p.household_id
ANTI JOIN poor_households AS w ON w.household_id = p.household_id
