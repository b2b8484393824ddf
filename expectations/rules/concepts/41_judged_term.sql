-- 本期所判的资助学期：本期日期落在其中的学期（参数 aid_terms），一行；秋季学期从当年到次年。
WITH seasons AS (
    SELECT
        key AS season,
        json_extract_string(value, '$[0]') AS starts,
        json_extract_string(value, '$[1]') AS ends
    FROM json_each(param_json('aid_terms'))
),

terms AS (
    SELECT
        years.y || season AS term,
        CAST(years.y || '-' || starts AS DATE) AS first_day,
        CAST((years.y + CAST(ends < starts AS INTEGER)) || '-' || ends AS DATE) AS last_day
    FROM seasons
    CROSS JOIN (SELECT unnest([year(round_date()) - 1, year(round_date())]) AS y) AS years
)

SELECT term, first_day, last_day FROM terms WHERE round_date() BETWEEN first_day AND last_day
