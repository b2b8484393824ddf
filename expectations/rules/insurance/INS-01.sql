/*---
id: INS-01
title: 未参加基本医疗保险
question: 脱贫户和监测户的在世成员，本年度是否参保？
source: {seed: "001-2", quote: "核对基本医疗保险参保基础数据及补贴落实情况"}
level: person
direction: under_coverage
severity: orange
left: roster.population
right: insurance.coverage
needs: [roster.population, roster.monitored, health.deaths, insurance.coverage]
gate: [insurance.coverage]
spares: [health.deaths]
parameters: [newborn_days]
columns: {insurance.coverage: [year]}
flags: [not_found]
findings:
  not_found: 脱贫户或监测户的在世成员，在本年度参保名单中没有找到任何险种、任何参保地的记录
group: insurance
verify_with: 医保局查询省内外参保信息，乡镇入户。问：今年交过医保没有、在哪里交、单位有没有代交、是否参军或长期在外；看：缴费凭证或医保电子凭证；自愿不参保的请本人说明
innocent: [异地参保, 职工医保, 参军, 服刑, 自愿不参保, 参保名单中证件号有误, 死亡或迁出]
---*/
-- 出生天数到本期不超过 newborn_days 的新生儿不列入；出生日期不详的不当作新生儿
WITH members AS (
    SELECT p.*, w.kind
    FROM alive_persons AS p
    INNER JOIN poor_households AS w ON w.household_id = p.household_id
    WHERE
        p.birth_date IS NULL
        OR date_diff('day', p.birth_date, round_date()) > param_number('newborn_days')
)

SELECT
    m.person_id,
    m.household_id,
    m.village_code,
    CASE WHEN c.person_id IS NOT NULL THEN 'agree' ELSE 'not_found' END AS state,
    m.record_id AS left_record_id,
    c.record_id AS right_record_id,
    m.kind || '成员' AS left_value,
    year(round_date()) || CASE WHEN c.person_id IS NOT NULL THEN '年度已参保' ELSE '年度无参保记录' END
        AS right_value,
    m.name || '是' || m.kind || '成员，'
    || CASE WHEN c.person_id IS NOT NULL THEN year(round_date()) || '年度已参保。'
        ELSE '在' || year(round_date()) || '年度参保名单中没有任何险种、任何参保地的记录。'
    END AS explanation,
    -- 名单里一条本年度的记录都没有，说明本年度的名单还没有报来
    CASE WHEN NOT EXISTS (FROM coverage_in_force WHERE covered_year = year(round_date()))
        THEN year(round_date()) || '年度的参保名单尚未报送' END AS why_not_compared
FROM members AS m
LEFT JOIN covered_persons AS c ON c.person_id = m.person_id
