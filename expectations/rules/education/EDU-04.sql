/*---
id: EDU-04
title: 学生资助应助未助
question: 在读的脱贫户、监测户、低保户学生和持残疾证学生，本学期是否领到学生资助？
source: {seed: "001-2", quote: "教育资助,能不能不漏1人"}
level: person
direction: under_coverage
severity: orange
left: education.enrolment
right: education.student_aid
needs: [roster.population, roster.monitored, health.deaths, education.enrolment, education.student_aid,
        civil_affairs.dibao, civil_affairs.disability]
gate: [education.student_aid]
parameters: [aid_terms]
columns: {education.student_aid: [amount, [term, paid_on]]}
flags: [not_found]
findings:
  not_found: 在读且属于应受资助的学生，在本学期的资助发放名单中没有找到发放记录
group: education
verify_with: 教育局会同学校核对发放名册。问家长：本学期领过哪些资助、何时到账、到谁的卡；看：银行流水或存折、学校的资助公示名单
innocent: [资助分次发放, 资助名册中证件号有误, 在外地就读并在外地受助, 已由其他项目资助, 本学期尚在发放]
---*/
-- 在读学生：学籍待核身份的也列入（对其有利的规则），清单上注明待核
WITH pupils AS (
    SELECT
        p.person_id,
        p.household_id,
        p.village_code,
        p.name,
        coalesce(min(e.record_id) FILTER (WHERE e.link_status = 'confirmed'), min(e.record_id))
            AS record_id,
        min(e.school) AS school,
        min(e.stage) AS stage
    FROM enrolments AS e
    INNER JOIN alive_persons AS p ON p.person_id = e.link_person
    WHERE e.active
    GROUP BY ALL
),

entitled AS (
    SELECT
        s.*,
        concat_ws(
            '、',
            w.kind || CASE WHEN w.kind IS NOT NULL THEN '家庭' END,
            CASE WHEN b.household_id IS NOT NULL THEN '低保家庭' END,
            CASE WHEN r.confirmed THEN '持残疾证' END
        ) AS because
    FROM pupils AS s
    LEFT JOIN poor_households AS w ON w.household_id = s.household_id
    LEFT JOIN dibao_households AS b ON b.household_id = s.household_id
    LEFT JOIN disabled_persons AS r ON r.person_id = s.person_id
    WHERE w.household_id IS NOT NULL OR b.household_id IS NOT NULL OR coalesce(r.confirmed, FALSE)
),

-- 所判学期的资助：没填学期的按发放日期归入学期。金额没有填或认不出的（amount 为空），发没发看不出来
term_rows AS (
    SELECT a.*, t.term AS judged
    FROM education_student_aid AS a
    INNER JOIN judged_term AS t
        ON a.term = t.term OR (a.term IS NULL AND a.paid_on BETWEEN t.first_day AND t.last_day)
),

term_aid AS (SELECT * FROM term_rows WHERE amount > 0),

-- 分次发放的加在一起；待核身份的发放也算领到
received AS (
    SELECT link_person AS person_id, sum(amount) AS amount, min(record_id) AS record_id
    FROM term_aid
    WHERE link_person IS NOT NULL AND link_status IN ('confirmed', 'suspected')
    GROUP BY link_person
),

unread AS (
    SELECT
        link_person AS person_id,
        min(record_id) AS record_id,
        min(nullif(trim(amount_text), '')) AS written
    FROM term_rows
    WHERE amount IS NULL AND link_person IS NOT NULL AND link_status IN ('confirmed', 'suspected')
    GROUP BY link_person
)

SELECT
    e.person_id,
    e.household_id,
    e.village_code,
    CASE WHEN a.person_id IS NOT NULL THEN 'agree' ELSE 'not_found' END AS state,
    e.record_id AS left_record_id,
    coalesce(a.record_id, u.record_id) AS right_record_id,
    concat_ws('，', e.because, e.school) AS left_value,
    CASE WHEN a.person_id IS NOT NULL THEN t.term || '已发' || number_text(a.amount) || '元'
        ELSE t.term || '无发放记录' END AS right_value,
    e.name || '（' || concat_ws('，', e.because, e.school || '在读') || '）'
    || CASE WHEN a.person_id IS NOT NULL
        THEN t.term || '学期已领学生资助' || number_text(a.amount) || '元。'
        ELSE '在' || t.term || '学期的学生资助发放名单中没有发放记录。' END AS explanation,
    -- 全县一笔本学期的资助都没有，说明这学期的名单还没有报来，不能说谁漏了
    CASE
        WHEN a.person_id IS NULL AND u.person_id IS NOT NULL
            THEN t.term || '学期有发放记录，金额' || coalesce('“' || u.written || '”认不出', '没有填写')
                || '，请补正后再比对'
        WHEN NOT EXISTS (FROM term_aid) THEN t.term || '学期的学生资助发放名单尚未报送'
    END AS why_not_compared
FROM entitled AS e
CROSS JOIN judged_term AS t
LEFT JOIN received AS a ON a.person_id = e.person_id
LEFT JOIN unread AS u ON u.person_id = e.person_id
