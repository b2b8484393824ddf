"""The judgement: files by another hand, and whether they are read as they must be.

The makers here were written from the catalogue of defects (DOMAIN C2, 69 defects and the line "also
test"), the contract of the inbox and the declared contracts under `data/contracts` alone, before
the code that reads files was read. What they know of it since is in `score` only.

- `county`: a county of its own, 990347, with villages merged, renamed and of the same name;
- `truth`: what is wanted of a cell, a line, a sheet, a file;
- `tables`: one clean list of each dataset, headers as departments spell them;
- `layout`: the list on a sheet: titles, merged headers, repeats, sums, notes, gaps;
- `structure` (1-17, 61, 62, 68, 69), `numbers` (18-38), `names` (39-51), `values` (52-60),
  `places` (63-67), `also` (the line under the list, headers nobody declared), `combined` (several at
  once, as files come);
- `writers`: openpyxl, XlsxWriter, pandas, xlwt, LibreOffice, bytes of csv, web pages, XML;
- `make`: the books of a seed, written to an inbox; `score`: reads them as a round does and judges.

    python -m tests.judgement.score --seed 1

A cell is right if its clean value is right; or if it had to be refused and was, with a reason; or if a
question had to be asked and was. Where the catalogue leaves two readings open, both are right:

- a village written with a look-alike character (窑/夭) may be taken by alias or asked about;
- a date of two digits for the year, full stops of Chinese or spaces may be read or refused;
- an empty mark (`—`, `/`, `无` in an amount) may be empty in silence or with a word;
- passports and the like may be kept or refused with a word, for nothing checks them;
- a masked number may be kept as masked or kept out; never taken for a whole one;
- an amount shown as a date may be read as the amount or refused with a word;
- a line struck through may be accepted with a doubt or set aside; never accepted in silence;
- `NA` as a name may be kept or refused with a word; never lost in silence;
- headers nobody declared may be read right or asked about; a wrong guess in silence is wrong.

`locked.xlsx` was encrypted by msoffcrypto-tool; its password was not kept.
"""
