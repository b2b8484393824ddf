/*---
id: INS-05
title: 医疗费用超期未报销
question: 没有一站式结算的医疗费用，是否在出院次月月底前报销到账？
source: {seed: "000", quote: "这个月接受治疗后,下个月就要按比例全部报销到位"}
level: person
direction: under_coverage
severity: orange
left: insurance.claims
right: null
needs: [roster.population, insurance.claims]
gate: []
parameters: [reimburse_by]
columns: {insurance.claims: [received_on]}
flags: [disagree]
findings:
  disagree: 没有一站式结算的医疗费用，没有在规定期限内报销到账
group: insurance
verify_with: 医保局查询报销进度，乡镇告知本人。问：报销材料交了没有、交到哪里、到账没有、卡号对不对；看：出院结算单、交材料的回执、银行流水
innocent: [本人尚未提交材料, 异地就医手续待补, 已到账尚未录入, 第三方责任费用不予报销, 账户信息有误退回]
---*/
-- 一张表只给一站式的打勾、其余留空的，留空就是不是；整栏没有填写的看不出来，有到账日期的才算另行报销
WITH sheets AS (
    SELECT file_id, sheet, bool_or(one_stop) AND bool_and(coalesce(one_stop, TRUE)) AS ticks_only
    FROM insurance_claims
    GROUP BY file_id, sheet
),

-- 每次就诊：入出院日期、医院和总费用相同的各行是同一次；先报未到账、后报到账的，以到账的为准，
-- 哪怕后一行的身份没有关联上
stays AS (
    SELECT
        c.*,
        concat_ws('|', c.admitted_on, c.discharged_on, c.hospital, number_text(c.total)) AS part,
        coalesce(c.discharged_on, c.settled_on) AS treated_on,
        CASE WHEN c.discharged_on IS NULL THEN c.settled_on_precision ELSE c.discharged_on_precision
        END AS treated_on_precision,
        min(c.received_on) OVER (
            PARTITION BY
                c.admitted_on,
                c.discharged_on,
                c.hospital,
                c.total,
                coalesce(CASE WHEN c.total IS NULL THEN c.link_person END, c.name_key)
        ) AS first_received_on
    FROM insurance_claims AS c
    INNER JOIN sheets AS s ON s.file_id = c.file_id AND s.sheet IS NOT DISTINCT FROM c.sheet
    WHERE
        NOT coalesce(c.one_stop, NOT (s.ticks_only OR c.received_on IS NOT NULL))
        AND coalesce(c.discharged_on, c.settled_on) IS NOT NULL
),

-- 一人一次就诊一个疑点（part）；期限是出院次月最后一天，出院日期只到年的按年底算
claims AS (
    SELECT
        link_person,
        part,
        min(record_id) AS record_id,
        any_value(link_household ORDER BY record_id) AS link_household,
        any_value(village_code ORDER BY record_id) AS village_code,
        any_value(name ORDER BY record_id) AS name,
        any_value(hospital ORDER BY record_id) AS hospital,
        max(treated_on) AS treated_on,
        max(total) AS total,
        min(first_received_on) AS received_on,
        max(CASE param_text('reimburse_by')
            WHEN 'end_of_next_month'
                THEN last_day(latest_day(treated_on, treated_on_precision) + INTERVAL 1 MONTH)
            ELSE error('参数 reimburse_by 目前只支持 end_of_next_month（出院次月月底）')
        END) AS due_on
    FROM stays
    GROUP BY link_person, part, CASE WHEN link_person IS NULL THEN record_id END
),

judged AS (
    SELECT
        *,
        received_on > due_on OR (received_on IS NULL AND due_on < round_date()) AS late
    FROM claims
)

SELECT
    j.link_person AS person_id,
    coalesce(p.household_id, j.link_household) AS household_id,
    coalesce(p.village_code, j.village_code) AS village_code,
    j.part,
    CASE WHEN coalesce(j.late, FALSE) THEN 'disagree' ELSE 'agree' END AS state,
    j.record_id AS left_record_id,
    coalesce(day_text(j.received_on, 'day') || '到账', '未到账') AS left_value,
    '应在' || day_text(j.due_on, 'day') || '前到账' AS right_value,
    j.name || '，' || strftime(j.treated_on, '%Y-%m-%d') || '出院（' || coalesce(j.hospital, '医院未填')
    || coalesce('，总费用' || number_text(j.total) || '元', '') || '），应在'
    || day_text(j.due_on, 'day') || '前报销到账，'
    || CASE
        WHEN j.received_on IS NULL AND j.due_on < round_date()
            THEN '到' || day_text(round_date(), 'day') || '没有到账记录，已超过'
                || date_diff('day', j.due_on, round_date()) || '天。'
        WHEN j.received_on IS NULL THEN '还在期限内。'
        WHEN j.received_on > j.due_on
            THEN day_text(j.received_on, 'day') || '到账，晚了'
                || date_diff('day', j.due_on, j.received_on) || '天。'
        ELSE day_text(j.received_on, 'day') || '按期到账。'
    END AS explanation
FROM judged AS j
LEFT JOIN persons AS p ON p.person_id = j.link_person
