/*---
id: HOU-13
title: 搬迁入住后旧房未拆除
question: 搬迁入住已满规定月数的户，旧房是否已经拆除？
source: {seed: "002", quote: "第五個是舊房拆除,宅基地的上交和流轉問題,這也是普遍存在的問題,搬新房了拆不了舊房"}
level: household
direction: process
severity: yellow
left: housing.relocations
right: null
needs: [roster.population, housing.relocations]
gate: []
parameters: [relocation_demolish_months]
columns: {housing.relocations: [old_house_demolished]}
flags: [disagree]
findings:
  disagree: 搬迁入住已满规定月数，旧房登记为未拆除或没有写明
group: housing
verify_with: 易地搬迁主管部门会同乡镇到现场。问：旧房还在不在、谁在住、为什么没有拆；看：旧房现场照片、拆除协议、连体房或保护建筑的证明
innocent: [已拆除尚未录入, 旧房与他人连体不能单独拆除, 旧房列为保护建筑, 旧房由未搬迁的亲属居住]
---*/
-- 入住日期加规定月数早于本期；入住只有月份或年份的按最晚一天算。一户有几行的，有一行已拆除即可
WITH due AS (
    SELECT
        *,
        latest_day(moved_in_on, moved_in_on_precision)
        + to_months(CAST(param_number('relocation_demolish_months') AS INTEGER)) AS due_on
    FROM housing_relocations
    WHERE moved_in_on IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY coalesce(link_household, record_id)
        ORDER BY old_house_demolished DESC NULLS LAST, moved_in_on, record_id
    ) = 1
)

SELECT
    d.link_household AS household_id,
    coalesce(h.village_code, d.village_code) AS village_code,
    CASE WHEN d.old_house_demolished THEN 'agree' ELSE 'disagree' END AS state,
    d.record_id AS left_record_id,
    '旧房：' || coalesce(d.old_house_demolished_text, '未填') || '，'
    || day_text(d.moved_in_on, d.moved_in_on_precision) || '入住' AS left_value,
    '入住后' || number_text(param_number('relocation_demolish_months')) || '个月内拆除' AS right_value,
    d.head_name || '户' || day_text(d.moved_in_on, d.moved_in_on_precision) || '搬迁入住，到'
    || day_text(round_date(), 'day') || '已超过'
    || number_text(param_number('relocation_demolish_months')) || '个月，'
    || CASE
        WHEN d.old_house_demolished THEN '旧房已拆除。'
        WHEN d.old_house_demolished IS NULL THEN '旧房是否拆除没有写明。'
        ELSE '旧房登记为“' || coalesce(d.old_house_demolished_text, '否') || '”。'
    END AS explanation,
    -- 没有填写或看不懂的，不能当作没有拆除
    CASE WHEN d.old_house_demolished IS NULL THEN '搬迁名册未填旧房是否拆除' END AS why_not_compared
FROM due AS d
LEFT JOIN households AS h ON h.household_id = d.link_household
WHERE d.due_on < round_date()
