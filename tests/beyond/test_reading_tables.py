"""What reading.py makes of the tables that people bring, and what it says of the others."""

import codecs
from unittest.mock import Mock

import numpy as np
import pytest
import reading

nan = np.nan


@pytest.fixture
def table(tmp_path):
    """A function that saves a text, or bytes, as a file and reads it as a table."""

    def read(content, encoding="utf-8"):
        path = tmp_path / "t.csv"
        path.write_bytes(
            content if isinstance(content, bytes) else content.encode(encoding)
        )
        return reading.read_table(path)

    return read


READABLE = {
    "commas": "Größe,b\n1.5,x\n",
    "semicolons, decimal commas": "Größe;b\n1,5;x\n",
    "tabs, decimal commas": "Größe\tb\n1,5\tx\n",
    "bars": "Größe|b\n1.5|x\n",
    "a line for Excel": "sep=;\nGröße;b\n1,5;x\n",
    "in quotes, blanks behind commas": '"Größe", "b"\n"1.5", "x"\n',
    "empty lines and columns around": "\n,,,\nGröße,b,,\n1.5,x,,\n,,,\n\n",
    "Windows, blanks": " Größe , b\r\n 1.5 ,x \r\n",
    "an old Mac": "Größe,b\r1.5,x\r",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("case", READABLE)
def test_reads_what_programs_save(case, encoding, table):
    found = table(READABLE[case], encoding)
    assert found.names == ["Größe", "b"]
    assert reading.to_numbers(found, "Größe")[0].tolist() == [1.5]
    assert reading.find_column(found, "b") == ["x"]
    assert ("CSV UTF-8" in found.note) == (encoding == "cp1252")


def test_keeps_a_comma_in_a_name_and_the_lines_of_rows_with_line_ends(table):
    found = table('n;"a; b";Höhe, m\n\n7;"x\ny";1,5\n8;z;2\n')
    assert found.names == ["n", "a; b", "Höhe, m"]
    assert found.rows == [["7", "x\ny", "1,5"], ["8", "z", "2"]]
    assert [*found.lines] == [3, 5]


ONE_COLUMN = {
    "5\n\n3e2\n": [5, nan, 300],
    "price\n5\n-0.5\n": [5, -0.5],
    "9\n9,2\n-9,35\n": [9, 9.2, -9.35],
    "price\n9,2\n9,3\n": [9.2, 9.3],
    '"9,2"\n"9,3"\n': [9.2, 9.3],
    "x\n1.290\n0.999\n": [1.29, 0.999],  # A 0 in front leaves no doubt.
    "x\n1.290\n5.5\n": [1.29, 5.5],
    "x\n1,290\n5,5\n12345\n": [1.29, 5.5, 12345],
    "x\nNA\n-\n?\nn/a\n1\nNaN\n#N/A\nnone\n.\nnull\n": [nan] * 4 + [1] + [nan] * 5,
}


@pytest.mark.parametrize("text", ONE_COLUMN)
def test_reads_one_number_a_line_with_or_without_a_name(text, table):
    found = table(text)
    numbers, strange = reading.to_numbers(found, found.names[0])
    np.testing.assert_array_equal(numbers, ONE_COLUMN[text])
    assert strange == {}


def test_with_commas_between_the_columns_a_point_is_decimal(table):
    found = table("a,b\n1.290,x\n999,x\n1.5e3,x\n,x\n")
    np.testing.assert_array_equal(
        reading.to_numbers(found, "a")[0], [1.29, 999, 1500, nan]
    )


STRANGE = {
    "a;b\n1.290;x\n999;x\n": ({0}, "Write thousands without a mark"),
    "a;b\n1,290;x\n999;x\n": ({0}, "Write thousands without a mark"),
    "a;b\n1.290;x\n3,5;x\n": ({0}, "Write thousands without a mark"),
    "a;b\n1.5;x\n3,5;x\n": ({0, 1}, "Write thousands without a mark"),
    'a,b\n"12,955",x\n1,x\n': ({0}, "Write thousands without a mark"),
    'a,b\n"3,5",x\n1,x\n': ({0}, "a comma between columns is none in a number"),
    "a;b\n1.234,5;x\n1 234;x\n1.234.567;x\n": ({0, 1, 2}, "Write thousands without"),
    "a,b\n$100.05,x\n-5,x\n-$3,x\n": ({0, 2}, 'remove "$"'),
    "a,b\n5.0%,x\n": ({0}, 'remove "%"'),
    "a,b\n6.48M,x\n7,x\n": ({0}, 'remove "M" and write its zeros'),
    "a,b\n12 EUR,x\n": ({0}, 'remove "EUR"'),
    "a,b\n1'234,x\n": ({0}, 'remove "\'"'),
    "a,b\nC14,x\nunknown,x\n12:30,x\n1e99,x\n5 kg,x\n2023-01-05,x\n1_000,x\n": (
        {0, 1, 2, 3, 4, 5, 6},
        "",
    ),
}


@pytest.mark.parametrize("text", STRANGE)
def test_says_what_to_do_about_a_number_in_doubt_or_in_need_of_cleaning(text, table):
    places, advice = STRANGE[text]
    found = table(text)
    strange = reading.to_numbers(found, "a")[1]
    assert {*strange} == places
    for its_advice in strange.values():
        assert (advice in its_advice) if advice else its_advice == ""


def test_names_the_first_five_lines_and_how_many_more(table):
    found = table("a,b\n" + "".join(f"${i},x\n" for i in range(8)))
    assert reading.say_strange(found, "a", reading.to_numbers(found, "a")[1]) == (
        "has what is no number in 'a', line 2 ($0), line 3 ($1), line 4 ($2), line 5 ($3), "
        'line 6 ($4) and 3 more: remove "$"'
    )


NAMES = "needs the names of its columns in its first line, but line 1 is "
REFUSED = {
    "": "is empty",
    "\n \n,,\n": "is empty",
    "a,b\n": "has no rows below its first line",
    "sep=;\n": "needs the names",
    b"PK\3\4\0\0": 'is no text; save it as "CSV UTF-8"',
    "Customers 2024\nname,age\na,5\n": NAMES + "'Customers 2024': that is one name",
    "Customers 2024,,\nname,age,x\na,5,x\n": NAMES
    + "'Customers 2024,,': that is one name",
    ",0\n0,5\n": NAMES + "',0': 0 is a number",
    ",a\n0,5\n": NAMES + "',a': a name is missing",
    "a,,b\n0,5,6\n": NAMES + "'a,,b': a name is missing",
    "1990,1991\n5,6\n": NAMES + "'1990,1991': 1991 is a number (if 1990,1991 is one",
    "9,2\n9,3\n": "(if 9,2 is one, with a decimal comma, write a name above it)",
    "5.1,3.5,setosa\n4,3,setosa\n": NAMES + "'5.1,3.5,setosa': 3.5 is a number",
    "a;b;a\n1;2;3\n": NAMES + "'a;b;a': two columns are named a",
    "a,class\n1,x\n1,5,x\n2\n": "has not 2 cells, as its first line has, in line 3 (1,5,x), "
    "line 4 (2); a cell with ',' in it needs quotes",
    'a,b\n1,"x\n2,y\n': "is no CSV file: unexpected end of data, from line 2 on",
    "a,b\n" + "1" * 200_000: "is no CSV file: field larger than field limit",
}


@pytest.mark.parametrize("content", REFUSED)
def test_refuses_and_says_what_would_be_right(content, table):
    with pytest.raises(ValueError) as refused:
        table(content)
    assert REFUSED[content] in str(refused.value)


def test_russian_in_excels_own_encoding_is_named_where_a_column_is_not_found(table):
    found = table("цвет;b\n1;2\n", "cp1251")
    with pytest.raises(ValueError, match="only öâåò, b. If letters look wrong, save"):
        reading.find_column(found, "цвет")
    assert "CSV UTF-8" in table("色,b\n1,2\n", "cp932").note


def test_says_what_is_wrong_with_a_path(tmp_path, monkeypatch):
    for name, problem in ("no", "is not there"), (".", "is a folder"):
        with pytest.raises(ValueError, match=problem):
            reading.read_table(tmp_path / name)
    monkeypatch.setattr(reading.Path, "read_bytes", Mock(side_effect=PermissionError))
    with pytest.raises(ValueError, match="may not be read"):
        reading.read_table(tmp_path / "locked")


def count(table, labels):
    return reading.count_classes(
        table("a,c\n" + "".join(f"1,{x}\n" for x in labels)), "c"
    )


def test_counts_classes_and_names_what_may_be_one(table):
    labels = ["Yes"] * 30 + ["yes"] * 7 + ["No"] * 50 + ["-"] * 5 + ["NA", ""]
    counts, notes = count(table, labels)
    assert counts == {"No": 50, "Yes": 30, "yes": 7, "-": 5}
    assert notes == [
        "Classes: 50 No, 30 Yes, 7 yes, 5 -",
        "Are Yes and yes one class? Then write them alike.",
        "Is the dash a gap? Then empty its cells.",
    ]
    assert len(count(table, ["+"] * 9 + ["-"] * 9)[1]) == 1
    assert len(count(table, [i % 26 for i in range(182)])[0]) == 26
    # Opposites, and words of much the same length, are no misspelling.
    for pair in ("active", "inactive"), ("grade_10", "grade_11"), ("male", "female"):
        assert len(count(table, [pair[0]] * 60 + [pair[1]] * 6)[1]) == 1


NO_CLASSES = {
    "has numbers in 'c'. A price is a number, not a class": [f"{i}.5" for i in range(9)]
    * 9,
    "is for classes, such as low and high": range(1000, 1100),
    "A price is a number": ["$5", "$6"] * 20,
    "but has 4 of b, 1 of cc.": ["a"] * 9 + ["b"] * 4 + ["cc"],
    "1 of virginca. Are virginica and virginca one": ["virginica"] * 50 + ["virginca"],
    "seven of the largest, but has {'a': 6, 'b': 6}.": ["a"] * 6 + ["b"] * 6,
    "two classes or more in 'c'": ["a"] * 9,
    "1 of x19, 2980 more.": [f"x{i}" for i in range(3000)],
}


@pytest.mark.parametrize("message", NO_CLASSES)
def test_refuses_numbers_and_names_all_rare_classes_at_once(message, table):
    with pytest.raises(ValueError) as refused:
        count(table, NO_CLASSES[message])
    assert message in str(refused.value)


def test_utf_16_is_known_by_its_mark_whatever_its_order(table):
    text = codecs.BOM_UTF16_BE + "a\tб\n1\t2\n".encode("utf-16-be")
    assert table(text).names == ["a", "б"]
