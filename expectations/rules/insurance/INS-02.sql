/*---
id: INS-02
title: 新生儿漏保
question: 出生已过办理期限、未满一年的孩子是否参保？
source: {seed: "001-2", quote: "有无新生儿、新进人口漏保的问题"}
level: person
direction: under_coverage
severity: orange
left: roster.population
right: insurance.coverage
needs: [roster.population, health.deaths, insurance.coverage]
gate: [insurance.coverage]
spares: [health.deaths]
parameters: [newborn_days, newborn_watch_days]
columns: {insurance.coverage: [year]}
flags: [not_found]
findings:
  not_found: 出生已过办理期限的孩子，在本年度参保名单中没有找到本人或以母亲名义的记录
group: insurance
verify_with: 医保局查询母亲名下和异地参保，乡镇入户。问家长：孩子上户口没有、有没有参保、以谁的名义、在哪里；看：户口簿、出生证明、缴费凭证；没有办的协助办理
innocent: [以母亲名义参保（之子、之女）, 随父母异地参保, 参保名单中证件号有误, 户口刚登记]
---*/
-- 出生天数到本期多于 newborn_days、不多于 newborn_watch_days 的在世居民，不限户类型
WITH infants AS (
    SELECT *, date_diff('day', birth_date, round_date()) AS days_old
    FROM alive_persons
    WHERE
        date_diff('day', birth_date, round_date()) > param_number('newborn_days')
        AND date_diff('day', birth_date, round_date()) <= param_number('newborn_watch_days')
)

SELECT
    i.person_id,
    i.household_id,
    i.village_code,
    CASE WHEN c.person_id IS NOT NULL THEN 'agree' ELSE 'not_found' END AS state,
    i.record_id AS left_record_id,
    c.record_id AS right_record_id,
    day_text(i.birth_date, i.birth_date_precision) || '出生' AS left_value,
    year(round_date()) || CASE WHEN c.person_id IS NOT NULL THEN '年度已参保' ELSE '年度无参保记录' END
        AS right_value,
    i.name || '（' || day_text(i.birth_date, i.birth_date_precision) || '出生，到'
    || day_text(round_date(), 'day') || '满' || i.days_old || '天）'
    || CASE WHEN c.person_id IS NOT NULL THEN year(round_date()) || '年度已参保。'
        ELSE '在' || year(round_date()) || '年度参保名单中没有本人或以母亲名义的记录，请协助办理。'
    END AS explanation,
    CASE WHEN NOT EXISTS (FROM coverage_in_force WHERE covered_year = year(round_date()))
        THEN year(round_date()) || '年度的参保名单尚未报送' END AS why_not_compared
FROM infants AS i
LEFT JOIN covered_persons AS c ON c.person_id = i.person_id
