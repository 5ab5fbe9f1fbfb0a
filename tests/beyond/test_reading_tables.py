"""What reading.py makes of the tables that people bring, and what it says of the others."""

import numpy as np
import pytest
import reading

nan = np.nan


@pytest.fixture
def table(tmp_path):
    """A function that saves a text as a file and reads it as a table."""

    def read(content, encoding="utf-8"):
        path = tmp_path / "t.csv"
        path.write_bytes(content.encode(encoding))
        return reading.read_table(path)

    return read


READABLE = {
    "commas": "Größe,b\n1.5,x\n",
    "semicolons, decimal commas": "Größe;b\n1,5;x\n",
    "tabs, decimal commas": "Größe\tb\n1,5\tx\n",
    "bars": "Größe|b\n1.5|x\n",
    "a line for Excel": "sep=;\nGröße;b\n1,5;x\n",
    "in quotes, blanks behind commas": '"Größe", "b"\n"1.5", "x"\n',
    "empty lines around": "\n,\nGröße,b\n1.5,x\n,\n\n",
    "Windows, blanks": " Größe , b\r\n 1.5 ,x \r\n",
    "a comma in a name": "Größe, m;b\n1.5;x\n",
    "a line break in the header": '"Größe\n","b"\n1.5,x\n',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("case", READABLE)
def test_reads_what_programs_save(case, encoding, table):
    found = table(READABLE[case], encoding)
    assert found.names == ["Größe, m" if "name" in case else "Größe", "b"]
    assert reading.to_numbers(found, found.names[0])[0].tolist() == [1.5]
    assert reading.find_column(found, "b") == ["x"]
    assert ("CSV UTF-8" in found.note) == (encoding == "cp1252")


# The numbers, and the places of those in doubt or in need of cleaning, and of words.
NUMBERS = {
    "5\n\n3e2\n": ([5, nan, 300], [], []),
    "9\n9,2\n-,35\n": ([9, 9.2, -0.35], [], []),
    "x\n1.290\n0.999\n": ([1.29, 0.999], [], []),  # A 0 in front leaves no doubt.
    "x\n1,290\n5,5\n12345\n": ([1.29, 5.5, 12345], [], []),
    "x\nNA\n-\n?\n1\nNaN\n#N/A\n": ([nan, nan, nan, 1, nan, nan], [], []),
    "x,b\n1.290,x\n999,x\n": ([1.29, 999], [], []),
    "x;b\n1.290;x\n999;x\n": ([nan, 999], [0], []),
    "x;b\n1.290;x\n3,5;x\n": ([nan, 3.5], [0], []),
    "x;b\n1.5;x\n3,5;x\n": ([nan, nan], [0, 1], []),
    'x,b\n"12,955",x\n"3,5",x\n': ([nan, nan], [0, 1], []),
    "x\n1.234,5\n1 234\n1'234\n": ([nan] * 3, [0, 1, 2], []),
    "x\n$100.05\n5.0%\n6.48M\n12 EUR\n": ([nan] * 4, [0, 1, 2, 3], []),
    "x\nC14\nno\n12:30\n5 kg\n2023-01-05\n": ([nan] * 5, [], [0, 1, 2, 3, 4]),
}


@pytest.mark.parametrize("text", NUMBERS)
def test_reads_numbers_that_leave_no_doubt(text, table):
    found = table(text)
    numbers, unclean, words = reading.to_numbers(found, found.names[0])
    np.testing.assert_array_equal(numbers, NUMBERS[text][0])
    assert (unclean, words) == NUMBERS[text][1:]


def test_names_the_first_five_lines_and_how_many_more(table):
    found = table("a,b\n" + "".join(f"${i},x\n" for i in range(8)))
    assert reading.say_unclear(found, "a", range(8)).startswith(
        "has no clear number in 'a', line 2 ($0), line 3 ($1), line 4 ($2), line 5 ($3), "
        "line 6 ($4) and 3 more; write 1234.5, without $, %, M or a mark for thousands"
    )


REFUSED = {
    "": "is empty",
    "\n \n,,\n": "is empty",
    "a,b\n": "has just one line",
    "sep=;\n": "has just one line",
    "PK\3\4\0\0": 'is no text; save it as "CSV UTF-8"',
    "\n,0\n0,5\n": "above decimal commas, but line 2 is ',0'",
    "a,,b\n0,5,6\n": "above decimal commas, but line 1 is 'a,,b'",
    "1990,1991\n5,6\n": "above decimal commas, but line 1 is '1990,1991'",
    "a;b;a\n1;2;3\n": "above decimal commas, but line 1 is 'a;b;a'",
    "a,class\n1,x\n1,5,x\n2\n": "has not 2 cells, as its first line has, in line 3 (1,5,x), "
    "line 4 (2); a cell with ',' in it needs quotes",
    'a,b\n1,"x\n2,y\n': "is no CSV file in line 3: unexpected end of data; is a quote",
}


@pytest.mark.parametrize("content", REFUSED)
def test_refuses_and_says_what_would_be_right(content, table):
    with pytest.raises(ValueError) as refused:
        table(content)
    assert REFUSED[content] in str(refused.value)


def test_names_the_first_line_where_a_column_is_not_found(table):
    title = table("Customers 2024\nname,age\na,5\n")
    with pytest.raises(
        ValueError, match="first line has to hold the names, and has Customers"
    ):
        reading.find_column(title, "age")
    russian = table("цвет;b\n1;2\n", "cp1251")
    with pytest.raises(ValueError, match="has öâåò, b. If letters look wrong, save"):
        reading.find_column(russian, "цвет")


def test_counts_classes_and_names_those_that_may_be_one():
    labels = ["Yes"] * 30 + ["yes"] * 7 + ["No"] * 50 + ["-"] * 8 + [""]
    counts, note = reading.count_classes(labels, "c")
    assert [*counts.items()] == [("No", 50), ("Yes", 30), ("-", 8), ("yes", 7)]
    assert note.splitlines() == [
        "Classes: 50 No, 30 Yes, 8 -, 7 yes",
        "If these are one class, write them alike: Yes, yes",
    ]
    numbers = [str(i % 26) for i in range(182)]
    assert len(reading.count_classes(numbers, "c")[0]) == 26


def test_refuses_prices_and_names_all_rare_classes_at_once():
    few = ["a"] * 9 + ["b"] * 6 + ["cc"]
    prices = [f"{i}.50" for i in range(99)]
    for labels, message in (
        (
            few,
            "in 'c', with seven rows each, but has 6 of b, 1 of cc; join a rare",
        ),
        (["a"] * 9, "but has a; join"),
        (prices, "has 99 different values in 'c', most of them"),
    ):
        with pytest.raises(ValueError) as refused:
            reading.count_classes(labels, "c")
        assert message in str(refused.value)


def test_a_lead_that_may_be_chance_is_a_tie_with_all_in_between():
    noise = np.random.default_rng(0).uniform(size=100)
    errors = {
        "guessing": 1 + noise,
        "slightly worse": 1.06 + noise[::-1],
        "always worse by a little": 1.005 + noise,
        "worse": 2 + noise[::-1],
    }
    best, sentence = reading.find_best(errors)
    assert best == "always worse by a little"
    tie = "A tie: guessing, always worse by a little, slightly worse."
    assert sentence.startswith(tie)
    assert "Do not rely on" in sentence
    del errors["guessing"], errors["slightly worse"]
    assert reading.find_best(errors) == (
        "always worse by a little",
        "Best: always worse by a little. Its lead is larger than chance makes likely.",
    )
