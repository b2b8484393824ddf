/*---
id: MON-13
title: 监测户缺帮扶责任人
question: 每个在测监测户是否明确了帮扶责任人？
source: {seed: "000", quote: "每户要明确一名干部作为帮扶责任人"}
level: household
direction: process
severity: orange
left: roster.monitored
right: null
needs: [roster.population, roster.monitored]
gate: []
parameters: []
columns: {roster.monitored: [helper]}
flags: [disagree]
findings:
  disagree: 监测对象名册中的帮扶责任人没有写明是谁
group: monitored
verify_with: 乡镇明确帮扶责任人并在系统中补录。问：现在是谁帮扶、最近一次上门是何时；看：帮扶手册、责任人名单
innocent: [刚识别尚在安排, 帮扶责任人调整交接中, 多行合并填写在另一行]
---*/
-- 空白，或填的不是姓名（无、待定、/ 等）
WITH judged AS (
    SELECT
        *,
        helper IS NULL
        OR regexp_full_match(
            regexp_replace(helper, '[\s　、。．.,，()（）]', '', 'g'),
            '|[/／\\—–_*＊×xX?？0-]+|无|暂无|没有|未定|待定|待明确|未明确|待安排|未安排|待落实|未落实|空|暂缺|缺|否|无帮扶责任人|无帮扶人|暂未安排|暂未确定'
        ) AS lacks_helper,
        -- 填的若是电话或证件号，不照抄
        regexp_replace(coalesce(helper, helper_text, ''), '\d{5,}', '（号码）', 'g') AS as_written
    FROM active_monitored
)

SELECT
    household_id,
    village_code,
    CASE WHEN lacks_helper THEN 'disagree' ELSE 'agree' END AS state,
    record_id AS left_record_id,
    '帮扶责任人：' || coalesce(nullif(trim(as_written), ''), '空白') AS left_value,
    '每户一名帮扶责任人' AS right_value,
    current_head_name || '户'
    || CASE
        WHEN NOT lacks_helper THEN '的帮扶责任人是' || helper || '。'
        WHEN trim(as_written) = '' THEN '在监测对象名册中的帮扶责任人一栏是空白。'
        ELSE '在监测对象名册中的帮扶责任人一栏填的是“' || as_written || '”。'
    END AS explanation
FROM judged
