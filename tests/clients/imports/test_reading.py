"""Files are read as tables, whatever made them; what is no table is refused in words."""

import datetime
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.imports.reading import Choice, Limits, Unreadable, open_table
from tests.clients.imports.files import csv_bytes, csv_file, with_part, xlsx_file

LIMITS = Limits(file_bytes=1_000_000, unpacked_bytes=50_000_000, rows=1000, columns=50)
RUSSIAN = [["Наименование", "Город"], ["ООО «Ромашка»", "Санкт-Петербург"], ["Щёлковский завод", "Щёлково"]]
FRENCH = [["Société", "Ville"], ["Ateliers Lefèvre & Cie", "Besançon"], ["Boulangerie Noël", "Orléans"], ["Ça marche", "Nîmes"]]


def cells(path: Path, choice: Choice | None = None) -> list[list[str]]:
    table = open_table(path, choice, LIMITS)
    return [table.header, *(row.cells for row in table.rows())]


def refusal(path: Path, limits: Limits = LIMITS) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        list(open_table(path, None, limits).rows())
    assert str(refused.value.message)
    return refused.value


@pytest.mark.parametrize(
    ("rows", "encoding", "guessed"),
    [
        (RUSSIAN, "utf-8", "utf-8"),
        (RUSSIAN, "utf-8-sig", "utf-8"),
        (RUSSIAN, "utf-16", "utf-16"),
        (RUSSIAN, "utf-16-le", "utf-16-le"),
        (RUSSIAN, "utf-16-be", "utf-16-be"),
        (RUSSIAN, "cp1251", "cp1251"),
        (RUSSIAN, "koi8_r", "koi8_r"),
        (FRENCH, "utf-8", "utf-8"),
        (FRENCH, "cp1252", "cp1252"),
        (FRENCH, "utf-16", "utf-16"),
    ],
)
def test_the_encoding_is_found_out(tmp_path: Path, rows: list[list[str]], encoding: str, guessed: str) -> None:
    path = csv_file(
        tmp_path,
        [[cell.replace("«", "").replace("»", "") if encoding == "koi8_r" else cell for cell in row] for row in rows],
        encoding=encoding,
    )
    assert open_table(path, None, LIMITS).encoding == guessed
    assert cells(path)[-1] == rows[-1]


def test_the_encoding_can_be_chosen(tmp_path: Path) -> None:
    path = csv_file(tmp_path, [["Name"], ["Łódź"]], encoding="cp1250")
    assert cells(path, Choice(encoding="cp1250"))[1] == ["Łódź"]
    with pytest.raises(Unreadable):
        open_table(path, Choice(encoding="rot13"), LIMITS)


def test_a_file_that_is_not_in_the_encoding_chosen_is_refused(tmp_path: Path) -> None:
    path = csv_file(tmp_path, [["Name", "City"], ["Anna", "Lyon"]])
    with pytest.raises(Unreadable) as refusal:
        open_table(path, Choice(encoding="utf-16"), LIMITS)  # Python insists on a mark at its beginning
    assert refusal.value.code == "binary"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    rows = [["Name", "Remark"], ["Lefèvre, Paul", "a; b"], ["Two\nlines", 'said "yes"']]
    path = csv_file(tmp_path, rows, delimiter=delimiter)
    assert open_table(path, None, LIMITS).delimiter == delimiter
    assert cells(path) == rows


def test_any_delimiter_can_be_chosen(tmp_path: Path) -> None:
    path = csv_file(tmp_path, [["Name", "City"], ["Anna", "Lyon"]], delimiter="^")
    assert cells(path, Choice(delimiter="^"))[1] == ["Anna", "Lyon"]


def test_a_line_that_names_the_separator_is_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "excel.csv"
    path.write_text("sep=;\nName;City\nA, B;Lyon\n")
    assert cells(path) == [["Name", "City"], ["A, B", "Lyon"]]


def test_short_rows_are_filled_and_long_ones_keep_what_is_beyond(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("Name,City,Note\nA\nB,Lyon,x,y,z\nC,,,,\n")
    rows = list(open_table(path, None, LIMITS).rows())
    assert [row.cells for row in rows] == [["A", "", ""], ["B", "Lyon", "x"], ["C", "", ""]]
    assert [row.beyond for row in rows] == [[], ["y", "z"], []]
    assert [row.number for row in rows] == [2, 3, 4]


def test_a_title_above_the_headings_is_passed_over(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, [["Clients of 2026"], [], ["Name", "City", "Phone"], ["A", "Lyon", "1"]])
    table = open_table(path, None, LIMITS)
    assert (table.header_row, table.header) == (3, ["Name", "City", "Phone"])


def test_a_column_without_a_heading_gets_a_name(tmp_path: Path) -> None:
    assert cells(csv_file(tmp_path, [["Name", "", "City"], ["A", "x", "Lyon"]]))[0] == ["Name", "Column 2", "City"]


def test_our_own_escape_of_formulas_is_taken_off(tmp_path: Path) -> None:
    assert cells(csv_file(tmp_path, [["Phone", "Name"], ["'+33 1", "'t Hooft"], ["'=1+1", "'  -x"]]))[1:] == [
        ["+33 1", "'t Hooft"],
        ["=1+1", "-x"],
    ]


def test_a_workbook_is_read_as_people_see_it(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["Name", "Number", "Share", "Since", "At", "Zip", "Yes", "Formula", "Long"])
    page.append(
        [
            "Щука",
            12.0,
            0.1 + 0.2,
            datetime.date(2026, 11, 24),
            datetime.datetime.fromisoformat("2026-11-24T10:30"),
            1234,
            True,
            "=1+1",
            79161234567,
        ]
    )
    page["F2"].number_format = "00000"
    path = tmp_path / "seen.xlsx"
    book.save(path)
    assert cells(path)[1] == ["Щука", "12", "0.3", "2026-11-24", "2026-11-24 10:30", "01234", "TRUE", "=1+1", "79161234567"]


def test_a_formula_is_read_as_its_saved_value_and_never_evaluated(tmp_path: Path) -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c></row>'
        b'<row r="2"><c r="A2" t="str"><f>HYPERLINK("http://x","Anna")</f><v>Anna</v></c></row>'
        b'<row r="4"><c r="A4"><f>WEBSERVICE("http://x")</f></c></row></sheetData></worksheet>'
    )
    path = with_part(xlsx_file(tmp_path, [["Name"], ["x"]]), "xl/worksheets/sheet1.xml", sheet)
    assert cells(path) == [["Name"], ["Anna"], ['=WEBSERVICE("http://x")']]


def test_a_sheet_can_be_chosen(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["First"])
    book.worksheets[0].append(["x"])
    second = book.create_sheet("Вторая")
    second.append(["Second"])
    second.append(["y"])
    path = tmp_path / "two.xlsx"
    book.save(path)
    assert open_table(path, None, LIMITS).sheets == ["Sheet", "Вторая"]
    assert cells(path, Choice(sheet="Вторая")) == [["Second"], ["y"]]
    with pytest.raises(Unreadable):
        open_table(path, Choice(sheet="Third"), LIMITS)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n\n \n", "empty"),
        (b"MZ\x90\x00\x03\x00\x00\x00\x04" + bytes(range(256)) * 20, "not_a_table"),
        (b"\x7fELF\x02\x01\x01" + bytes(100), "not_a_table"),
        (b"%PDF-1.7\n%\xe2\xe3", "not_a_table"),
        (b"<!DOCTYPE html><html>", "not_a_table"),
        (b"<svg xmlns='x'><script>1</script></svg>", "not_a_table"),
        (bytes(range(256)) * 50, "not_a_table"),
        (b"Name,City\nA,\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03", "binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000), "old_format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "protected"),
        (b"PK\x03\x04 but broken", "broken"),
        (b"Name,Phone,phone\nA,1,2\n", "headings"),
        (b"anna@x.example,Lyon\nb@x.example,Nice\n", "header"),
        (b"1,2,3\n4,5,6\n", "header"),
        (b'Name,City\n"A,Lyon\nB,Nice\nC,Paris\n', "cell"),
        (b"Name\n" + b"x" * 40_000, "cell"),
        (b"Name\n" + b"x" * 200_000, "cell"),
        (b",".join(b"c%d" % number for number in range(10_000)) + b"\n", "columns"),
        (b"Name\n" + b"a\n" * 1001, "rows"),
        (b"Name\n" + b"a" * 1_000_001, "too_large"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "clients.csv"
    path.write_bytes(content)
    assert refusal(path).code == code


def test_a_key_column_called_pk_is_no_archive(tmp_path: Path) -> None:
    assert cells(csv_file(tmp_path, [["PK", "Name"], ["1", "A"]]))[1] == ["1", "A"]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = with_part(xlsx_file(tmp_path, [["Name"], ["x"]]), "xl/worksheets/sheet1.xml", b" " * 40_000_000)
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    assert refusal(path).code == "too_large"
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"])
@pytest.mark.parametrize(
    "definition",
    [b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]>', b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">', b"<!DOCTYPE x>"],
)
def test_documents_with_their_own_definitions_are_refused(tmp_path: Path, part: str, definition: bytes) -> None:
    path = with_part(xlsx_file(tmp_path, [["Name"], ["x"]]), part, b"<?xml version='1.0'?>" + definition + b"<x/>")
    assert refusal(path).code == "entities"


def test_other_archives_are_told_apart(tmp_path: Path) -> None:
    for inside, code in (("content.xml", "old_format"), ("xl/workbook.bin", "old_format"), ("readme.txt", "not_a_table")):
        path = tmp_path / "other.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(inside, "x")
        assert refusal(path).code == code


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
@pytest.mark.parametrize("content", [b"", b"<not closed", b"<a/>", b"\xff\xfe\x00"])
def test_a_damaged_workbook_says_so(tmp_path: Path, part: str, content: bytes) -> None:
    path = with_part(xlsx_file(tmp_path, [["Name"], ["x"]]), part, content)
    assert refusal(path).code in ("broken", "empty")


def test_a_cell_far_to_the_right_and_a_row_far_below_cost_nothing(tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "Name"
    book.worksheets[0]["A1000000"] = "far"
    book.save(path)
    assert cells(path) == [["Name"], ["far"]]
    book.worksheets[0]["XFD2"] = "right"
    book.save(path)
    assert refusal(path).code == "columns"


def test_memory_stays_flat(tmp_path: Path) -> None:
    rows = [["Name", "Remark"], *([f"Client {number}", "x" * 200] for number in range(20_000))]
    limits = Limits(file_bytes=50_000_000, unpacked_bytes=500_000_000, rows=100_000, columns=50)
    for path in (csv_file(tmp_path, rows), xlsx_file(tmp_path, rows[:4000])):
        tracemalloc.start()
        table = open_table(path, None, limits)
        assert sum(1 for _row in table.rows()) in (20_000, 3999)
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
        tracemalloc.stop()
        assert table.share == 1


_CELL = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=20)
    .map(str.strip)
    .filter(lambda cell: not cell.startswith("'"))
)


@given(
    rows=st.lists(st.tuples(_CELL, _CELL, _CELL), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|", "^"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_was_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], delimiter: str, encoding: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.csv"
    path.write_bytes(csv_bytes([["First", "Second", "Third"], *rows], delimiter=delimiter, encoding=encoding))
    table = open_table(path, Choice(encoding="utf-16" if encoding == "utf-16" else "utf-8", delimiter=delimiter, header_row=1), LIMITS)
    assert [tuple(row.cells) for row in table.rows()] == [row for row in rows if any(row)]
