/*---
id: EDU-02
title: 疑似失学辍学
question: 义务教育阶段适龄儿童是否有在读学籍？
source: {seed: "001-2", quote: "义务教育阶段失学停学学生情况"}
level: person
direction: under_coverage
severity: red
left: roster.population
right: education.enrolment
needs: [roster.population, health.deaths, education.enrolment, education.home_teaching]
gate: [education.enrolment]
gate_states: [not_found, disagree]
spares: [education.home_teaching, health.deaths]
parameters: [edu_age_from, edu_age_to, edu_age_on]
flags: [not_found, disagree]
findings:
  not_found: 适龄儿童，在学籍名册中没有找到在读记录，也不在送教上门名单中
  disagree: 适龄儿童，学籍名册中的记录不是在读，也不在送教上门名单中
group: education
verify_with: 教育局会同乡镇入户。问家长：孩子现在哪里、在哪所学校几年级、何时起没有上学；看：学生证或就读学校证明、户口簿，送教的看送教记录
innocent: [送教上门, 省外就读, 省内就读无学籍, 学籍登记用了监护人证件或证件号有误, 超龄离校, 死亡或迁出, 双重户籍, 出国]
---*/
WITH judged_on AS (
    SELECT CAST(year(round_date()) || '-' || param_text('edu_age_on') AS DATE) AS day
),

-- 适龄：按 edu_age_on 当天的周岁。出生日期只到年或月的，下限按最晚可能、上限按最早可能的出生日算，拿不准的不列入
school_age AS (
    SELECT p.*, d.day, age_on(p.birth_date, d.day) AS age
    FROM alive_persons AS p
    CROSS JOIN judged_on AS d
    WHERE
        age_on(latest_day(p.birth_date, p.birth_date_precision), d.day) >= param_number('edu_age_from')
        AND age_on(p.birth_date, d.day) <= param_number('edu_age_to')
),

-- 有着落的学籍（在读、转出、初中毕业等）：待核身份的也算，足以排除疑点。
-- 退学、休学等：身份已确认的才作为对方的值列出
schooling AS (
    SELECT
        link_person AS person_id,
        min(record_id) FILTER (WHERE accounted_for) AS settled_by,
        min(concat_ws('，', school, coalesce(status, '在读'))) FILTER (WHERE accounted_for)
            AS settled_how,
        min(record_id) FILTER (WHERE NOT accounted_for AND link_status = 'confirmed') AS left_school,
        arg_min(CASE WHEN status = '毕业' THEN coalesce(stage, '') ELSE '' END || status, record_id)
            FILTER (WHERE NOT accounted_for AND link_status = 'confirmed')
            AS left_how
    FROM enrolments
    GROUP BY link_person
),

taught_at_home AS (
    SELECT link_person AS person_id, min(record_id) AS record_id
    FROM education_home_teaching
    WHERE link_person IS NOT NULL AND link_status IN ('confirmed', 'suspected')
    GROUP BY link_person
)

SELECT
    c.person_id,
    c.household_id,
    c.village_code,
    CASE
        WHEN s.settled_by IS NOT NULL OR h.record_id IS NOT NULL THEN 'agree'
        WHEN s.left_school IS NOT NULL THEN 'disagree'
        ELSE 'not_found'
    END AS state,
    c.record_id AS left_record_id,
    coalesce(s.settled_by, h.record_id, s.left_school) AS right_record_id,
    c.age || '周岁' AS left_value,
    CASE
        WHEN s.settled_by IS NOT NULL THEN s.settled_how
        WHEN h.record_id IS NOT NULL THEN '送教上门'
        WHEN s.left_school IS NOT NULL THEN '学籍状态：' || s.left_how
        ELSE '无在读学籍'
    END AS right_value,
    c.name || '（' || day_text(c.birth_date, c.birth_date_precision) || '出生，到'
    || day_text(c.day, 'day') || '满' || c.age || '周岁）'
    || CASE
        WHEN s.settled_by IS NOT NULL THEN '在学籍名册中：' || s.settled_how || '。'
        WHEN h.record_id IS NOT NULL THEN '在送教上门名单中。'
        WHEN s.left_school IS NOT NULL
            THEN '在学籍名册中的状态为“' || s.left_how || '”，没有在读学籍，也不在送教上门名单中。'
        ELSE '在学籍名册中没有在读记录，也不在送教上门名单中。'
    END AS explanation
FROM school_age AS c
LEFT JOIN schooling AS s ON s.person_id = c.person_id
LEFT JOIN taught_at_home AS h ON h.person_id = c.person_id
