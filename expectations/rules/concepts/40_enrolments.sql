-- 学籍行（身份已确认或待核）。
-- active 在读：状态为在读、送教上门或没有填写。
-- accounted_for 有着落：在读，或已转出、出国、死亡，或初中及以上毕业（义务教育已完成）。
-- 退学、辍学、失学、休学、开除、不在校的都没有着落；小学毕业后没有初中学籍的也没有。
SELECT
    *,
    coalesce(status IN ('在读', '送教上门'), TRUE) AS active,
    coalesce(
        status IN ('在读', '送教上门', '转出', '出国', '死亡')
        OR (
            status = '毕业'
            AND coalesce(stage NOT IN ('学前', '小学'), status_text NOT LIKE '%小学%', TRUE)
        ),
        TRUE
    ) AS accounted_for
FROM education_enrolment
WHERE link_person IS NOT NULL AND link_status IN ('confirmed', 'suspected')
