/*---
id: FUN-05
title: 一卡通应发与实发不符
question: 每人每项补贴每个所属期，实发合计是否等于应发？
source: {seed: "000", quote: "群众享受到了项目补贴,还要看银行对账单,还要对户"}
level: person
direction: under_coverage
severity: orange
left: finance.card_payments
right: finance.card_payments
needs: [roster.population, finance.card_payments]
gate: []
parameters: []
columns: {finance.card_payments: [due, amount]}
flags: [disagree]
findings:
  disagree: 一卡通发放名单中，同一项补贴同一所属期的应发与实发合计不相等，或有发放失败的记录
group: funds
verify_with: 财政局会同代发银行、主管部门核对发放明细。问：这项补贴是否收到、何时、多少、卡号有无变更；看：一卡通存折或银行流水
innocent: [失败后已重新发放, 分次发放, 补发或扣抵上期, 金额单位不同, 重发记录的证件号有误]
accuses: true
---*/
-- 一人、一项、一期一个疑点（part）。涉及资金，疑点只看身份已确认的，靠待核的行才不符的列为未比对；
-- 但待核身份的成功发放可以说明少发的已经补上
WITH payments AS (
    SELECT
        link_person AS person_id,
        item,
        coalesce(period, '') AS period,
        record_id,
        link_status,
        due,
        amount,
        coalesce(result, '成功') AS result,
        paid_on
    FROM finance_card_payments
    WHERE link_person IS NOT NULL AND link_status IN ('confirmed', 'suspected')
),

-- 应发：失败重发、分次发放的各行写的是同一个应发数，取最大的，不相加
sums AS (
    SELECT
        person_id,
        item,
        period,
        bool_or(link_status = 'confirmed') AS confirmed,
        -- 没有已确认的行，才看待核的
        CASE WHEN bool_or(link_status = 'confirmed')
            THEN max(due) FILTER (WHERE link_status = 'confirmed') ELSE max(due) END AS due,
        coalesce(sum(amount) FILTER (WHERE result = '成功' AND link_status = 'confirmed'), 0)
            AS paid_confirmed,
        coalesce(sum(amount) FILTER (WHERE result = '成功'), 0) AS paid_with_suspected,
        coalesce(sum(amount) FILTER (WHERE result = '处理中'), 0) AS under_way,
        count(*) AS records,
        arg_min(record_id, (link_status <> 'confirmed', record_id)) AS first_record,
        coalesce(
            min(record_id) FILTER (WHERE link_status = 'confirmed' AND result <> '成功'),
            max(record_id) FILTER (WHERE link_status = 'confirmed'),
            max(record_id)
        ) AS telling_record,
        max(record_id) FILTER (WHERE link_status = 'suspected') AS suspected_record,
        string_agg(DISTINCT result, '、' ORDER BY result) FILTER (WHERE result <> '成功') AS results
    FROM payments
    GROUP BY person_id, item, period
),

-- 相差不到一分钱的算相等
judged AS (
    SELECT
        *,
        paid_confirmed > due + 0.005 OR paid_with_suspected > due + 0.005 AS too_much,
        paid_with_suspected < due - 0.005 AS too_little,
        paid_with_suspected + under_way >= due - 0.005 AS will_be_paid,
        -- 已确认的行自己就说明不符
        confirmed AND (paid_confirmed > due + 0.005 OR paid_with_suspected < due - 0.005) AS certain
    FROM sums
),

-- 全是待核身份的行，没有不符的不列入
shown AS (
    SELECT
        *,
        too_much OR too_little AS differs,
        CASE WHEN certain OR NOT coalesce(too_much OR too_little, FALSE) THEN paid_confirmed
            ELSE paid_with_suspected END AS paid
    FROM judged
    WHERE confirmed OR too_much OR too_little
)

SELECT
    j.person_id,
    p.household_id,
    p.village_code,
    concat_ws('|', j.item, j.period) AS part,
    CASE WHEN coalesce(j.differs, FALSE) THEN 'disagree' ELSE 'agree' END AS state,
    j.first_record AS left_record_id,
    CASE WHEN j.differs AND NOT j.certain THEN j.suspected_record ELSE j.telling_record END
        AS right_record_id,
    '应发' || coalesce(number_text(j.due) || '元', '未填') AS left_value,
    '实发' || number_text(j.paid) || '元' || coalesce('（另有' || j.results || '）', '') AS right_value,
    p.name || '的' || j.item || coalesce('（' || nullif(j.period, '') || '）', '') || '应发'
    || coalesce(number_text(j.due) || '元', '未填') || '，发放成功合计' || number_text(j.paid) || '元'
    || CASE
        WHEN j.too_much THEN '，多' || number_text(j.paid - j.due) || '元，请核对是否重复登记'
        WHEN j.too_little THEN '，少' || number_text(j.due - j.paid) || '元'
        ELSE ''
    END
    || coalesce('；发放记录中有“' || j.results || '”', '') || '。' AS explanation,
    CASE
        WHEN j.differs AND NOT j.certain
            THEN '待核身份：所依据的记录尚未确认是本人（户），不作为疑点依据'
        WHEN j.due IS NULL THEN '发放名单未填应发金额'
        -- 各月的发放加在一起，与一个月的应发没有可比性
        WHEN j.period = '' AND j.records > 1 THEN '发放名单的所属期未填或认不出，几笔分不清是否同一期'
        WHEN j.too_little AND j.will_be_paid THEN '发放尚在处理中'
    END AS why_not_compared
FROM shown AS j
INNER JOIN persons AS p ON p.person_id = j.person_id
