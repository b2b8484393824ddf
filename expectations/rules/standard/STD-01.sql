/*---
id: STD-01
title: 死亡后仍在享受名单
question: 死亡名单中的人，此后是否仍在低保、特困、补贴发放或参保名单中？
source:
  document: 同类平台通行的比对规则
  quote: 死亡人员仍在低保、特困、补贴发放和参保名单中
  note: 讲话未直接提出，同类系统普遍设置
level: person
direction: over_coverage
severity: orange
left: health.deaths
right: civil_affairs.dibao
needs: [roster.population, health.deaths, civil_affairs.dibao, civil_affairs.tekun,
        finance.card_payments, insurance.coverage]
gate: []
parameters: [death_grace_months]
columns: {civil_affairs.dibao: [[status, stopped_on]]}
flags: [disagree]
findings:
  disagree: 死亡名单中有本人，死亡日期和宽限期之后，另一份名单中仍有本人的记录
group: civil_affairs
verify_with: 乡镇先入户见本人，核实是否在世（两人到场，记下日期）；已去世的，由卫健局、公安和发放部门核对。问家属：何时去世、销户没有、钱是否还在到账；看：本人身份证，或死亡证明、户口注销证明、银行流水
innocent: [本人在世、死亡登记有误, 同名不同人, 名单在死亡前形成, 死亡当月及宽限期内正常发放, 死亡前已缴次年保费, 发放后已退回]
---*/
-- 疑点只看死亡和享受两边身份都已确认的，有一边待核的列为未比对。死亡日期只到月或年、或几条记录不一致的，按最晚可能的日期算。
-- 一人在几种名单上的，每种名单算一个疑点（part）。
-- 死后已从名册中除去的人照样比对（link_former，只凭有效证件号和姓名认定）；户和村取最后一次在册时的，
-- 那一户也没有了的，村取名单上写的。
WITH known_death AS (
    SELECT person_id, in_roster, record_id, died_by, died_on_text, TRUE AS confirmed
    FROM confirmed_death
    UNION ALL
    -- 死亡记录待核身份的，算法与 confirmed_death 相同
    SELECT
        h.link_person,
        TRUE,
        arg_min(h.record_id, (h.died_on, h.record_id)),
        max(latest_day(h.died_on, h.died_on_precision)),
        arg_min(day_text(h.died_on, h.died_on_precision), (h.died_on, h.record_id)),
        FALSE
    FROM health_deaths AS h
    ANTI JOIN confirmed_death AS c ON c.person_id = h.link_person
    WHERE
        h.link_status = 'suspected'
        AND h.link_person IS NOT NULL
        AND h.died_on <= round_date()
    GROUP BY h.link_person
),

dead AS (
    SELECT
        d.*,
        CAST(d.died_by + to_months(CAST(param_number('death_grace_months') AS INTEGER)) AS DATE)
            AS grace_until
    FROM known_death AS d
),

marked_as_stopped AS (
    SELECT 'dibao' AS list, record_id, link_person, link_former, link_status, village_code, as_of
    FROM civil_affairs_dibao
    ANTI JOIN active_dibao AS a USING (record_id)
    UNION ALL
    SELECT 'tekun', record_id, link_person, link_former, link_status, village_code, as_of
    FROM civil_affairs_tekun
    ANTI JOIN active_tekun AS a USING (record_id)
),

-- 四种名单里属于死者的行：still 表示这一行说明死亡之后仍在享受；shown 写在疑点说明里，
-- value 是比对的值：名单日期每期都变，不算值，否则答复过的会再问一遍
listed AS (
    SELECT
        'civil_affairs.dibao' AS list,
        '低保' AS title,
        d.person_id,
        b.record_id,
        b.village_code,
        d.confirmed AND b.link_status = 'confirmed' AS certain,
        b.as_of > d.grace_until AS still,
        '名单截至' || day_text(b.as_of, 'day') || '仍在保' AS shown,
        '在保' AS value,
        b.as_of AS sort_on
    FROM dead AS d
    INNER JOIN active_dibao AS b
        ON coalesce(b.link_person, b.link_former) = d.person_id AND b.link_status <> 'unmatched'
    UNION ALL
    SELECT
        'civil_affairs.tekun',
        '特困供养',
        d.person_id,
        t.record_id,
        t.village_code,
        d.confirmed AND t.link_status = 'confirmed',
        t.as_of > d.grace_until,
        '名单截至' || day_text(t.as_of, 'day') || '仍在册',
        '在册',
        t.as_of
    FROM dead AS d
    INNER JOIN active_tekun AS t
        ON coalesce(t.link_person, t.link_former) = d.person_id AND t.link_status <> 'unmatched'
    UNION ALL
    -- 已标注停保等的行，不再享受
    SELECT
        'civil_affairs.' || m.list,
        CASE m.list WHEN 'dibao' THEN '低保' ELSE '特困供养' END,
        d.person_id,
        m.record_id,
        m.village_code,
        d.confirmed AND m.link_status = 'confirmed',
        FALSE,
        '名单截至' || day_text(m.as_of, 'day') || '已标注不再享受',
        '已标注不再享受',
        m.as_of
    FROM dead AS d
    INNER JOIN marked_as_stopped AS m
        ON coalesce(m.link_person, m.link_former) = d.person_id AND m.link_status <> 'unmatched'
    UNION ALL
    -- 发放：发放成功、金额大于零；日期只有月份的按最早一天算
    SELECT
        'finance.card_payments',
        '一卡通发放',
        d.person_id,
        c.record_id,
        c.village_code,
        d.confirmed AND c.link_status = 'confirmed',
        c.paid_on > d.grace_until,
        day_text(c.paid_on, c.paid_on_precision) || '发放' || c.item || number_text(c.amount) || '元',
        day_text(c.paid_on, c.paid_on_precision) || '发放' || c.item || number_text(c.amount) || '元',
        c.paid_on
    FROM dead AS d
    INNER JOIN finance_card_payments AS c
        ON coalesce(c.link_person, c.link_former) = d.person_id AND c.link_status <> 'unmatched'
    WHERE c.amount > 0 AND (c.result IS NULL OR c.result = '成功') AND c.paid_on IS NOT NULL
    UNION ALL
    -- 参保：死亡之后才开始的年度
    SELECT
        'insurance.coverage',
        '医疗保险',
        d.person_id,
        i.record_id,
        i.village_code,
        d.confirmed AND i.link_status = 'confirmed',
        make_date(i.covered_year, 1, 1) > d.died_by,
        i.covered_year || '年度参保',
        i.covered_year || '年度参保',
        make_date(i.covered_year, 1, 1)
    FROM dead AS d
    INNER JOIN coverage_in_force AS i
        ON coalesce(i.link_person, i.link_former) = d.person_id AND i.link_status <> 'unmatched'
),

-- 已确认的能说明问题的，就不看待核的；待核的只有能说明问题才列入
counted AS (
    SELECT *
    FROM listed
    WHERE certain OR still
    QUALIFY certain OR NOT bool_or(certain AND still) OVER (PARTITION BY list, person_id)
),

-- 每人每种名单一行：能说明问题的行在前，其次日期最晚的
subjects AS (
    SELECT
        list,
        title,
        person_id,
        bool_or(still) AS still,
        bool_or(still AND certain) AS certain,
        arg_max(record_id, (still, sort_on, record_id)) AS record_id,
        min(village_code) AS village_code,
        arg_max(shown, (still, sort_on, record_id)) AS shown,
        arg_max(value, (still, sort_on, record_id)) AS value,
        count(*) FILTER (WHERE still) AS times
    FROM counted
    GROUP BY list, title, person_id
)

SELECT
    s.person_id,
    coalesce(p.household_id, f.household_id) AS household_id,
    coalesce(p.village_code, f.village_code, h.village_code, s.village_code) AS village_code,
    s.list AS part,
    CASE WHEN s.still THEN 'disagree' ELSE 'agree' END AS state,
    d.record_id AS left_record_id,
    s.record_id AS right_record_id,
    '死亡日期' || d.died_on_text || CASE WHEN d.in_roster THEN '' ELSE '，名册中已无此人' END
        AS left_value,
    s.title || '：' || s.value AS right_value,
    coalesce(p.name, h.name, f.name_key) || '在死亡名单中（' || d.died_on_text || '），'
    || CASE WHEN d.in_roster THEN '' ELSE '本期人口名册中已无此人，' END
    || CASE WHEN s.still
        THEN s.title || '名单中此后仍有记录：' || s.shown
            || CASE WHEN s.times > 1 THEN '，共' || s.times || '条' ELSE '' END
            || '。请先核实本人是否在世。'
        ELSE s.title || '名单中没有晚于宽限期的记录（' || s.shown || '）。' END AS explanation,
    CASE WHEN s.still AND NOT s.certain
        THEN '待核身份：所依据的记录尚未确认是本人（户），不作为疑点依据' END AS why_not_compared
FROM subjects AS s
INNER JOIN dead AS d ON d.person_id = s.person_id
INNER JOIN health_deaths AS h ON h.record_id = d.record_id
LEFT JOIN persons AS p ON p.person_id = s.person_id
LEFT JOIN former_persons AS f ON f.person_id = s.person_id
