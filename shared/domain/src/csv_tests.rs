//! CSV as people have it, cut anywhere, and broken in every way.

use proptest::prelude::*;

use super::*;

/// Reads a file whose parts come one by one, as a worker does that forgets everything between two records.
fn read(parts: &[&[u8]]) -> Vec<Result<Vec<String>, Unreadable>> {
    let mut csv = Csv::new(b',');
    let mut left = parts.iter();
    let (mut window, mut all) = (Vec::new(), Vec::new());
    loop {
        match csv.next(&window, left.len() == 0) {
            Found::Record(fields, used) => {
                window.drain(..used);
                all.push(Ok(fields));
            }
            Found::Unreadable(why, used) => {
                assert!(used > 0 && used <= window.len());
                window.drain(..used);
                all.push(Err(why));
            }
            Found::Incomplete => window.extend_from_slice(left.next().unwrap()),
            Found::End => return all,
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what is read is compared with it")]
fn fields(of: &[&str]) -> Result<Vec<String>, Unreadable> {
    Ok(of.iter().map(|it| (*it).to_owned()).collect())
}

#[test]
fn records_are_read_as_spreadsheets_write_them() {
    let file = "\u{feff}name,number\r\n\"Lee, \"\"Ann\"\"\nB.\",1\r\n\r\n Bo ,\n,\nlast,5\" pipe";
    let expected = [
        fields(&["name", "number"]),
        fields(&["Lee, \"Ann\"\nB.", "1"]),
        fields(&[" Bo ", ""]),
        fields(&["", ""]),
        fields(&["last", "5\" pipe"]),
    ];
    assert_eq!(read(&[file.as_bytes()]), expected);
    assert_eq!(read(&[]), []);
    assert_eq!(read(&[b"\r\n\n"]), []);
}

#[test]
fn a_record_that_is_none_does_not_take_what_follows_with_it() {
    let long = format!("a,b\n\"{}\nx,y\n", "z".repeat(RECORD_BYTES_MAX + 1));
    let whole = read(&[long.as_bytes()]);
    assert_eq!(whole, [fields(&["a", "b"]), Err(Unreadable::TooLong), fields(&["x", "y"])]);
    assert_eq!(
        read(&[b"a,b\n\"open,1\nc,d\ne,f\n"]),
        [fields(&["a", "b"]), Err(Unreadable::QuoteNotClosed), fields(&["c", "d"]), fields(&["e", "f"])]
    );
    assert_eq!(
        read(&[b"a\0,b\n\xff,1\n\xc3,\xa9\n,\nok,1"]),
        [
            Err(Unreadable::Nul),
            Err(Unreadable::NotUtf8),
            Err(Unreadable::NotUtf8),
            fields(&["", ""]),
            fields(&["ok", "1"])
        ]
    );
    let wide = vec!["x"; COLUMNS_MAX + 1].join(",") + "\nok\n";
    assert_eq!(read(&[wide.as_bytes()]), [Err(Unreadable::TooManyColumns), fields(&["ok"])]);
}

#[test]
fn the_delimiter_is_the_most_frequent_one_of_the_first_line() {
    for (file, expected) in [
        ("name,number\n;;;;", b','),
        ("name;number\n,,,,", b';'),
        ("\r\na\tb\tc,d", b'\t'),
        ("\"a,b,c\";d", b';'),
        ("number", b','),
        ("", b','),
    ] {
        assert_eq!(delimiter(file.as_bytes()), expected, "{file}");
    }
}

proptest! {
    /// Where a file is cut into parts makes no difference, not even within a character.
    #[test]
    fn parts_make_no_difference(
        rows in prop::collection::vec(prop::collection::vec("[a-z\u{e9}\u{1f41d}\", \n]{0,6}", 2..4), 1..8),
        cuts in prop::collection::vec(0..400_usize, 0..6),
    ) {
        let quoted = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
        let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\r\n";
        let file: String = rows.iter().map(line).collect();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(file.len())).collect();
        cuts.extend([0, file.len()]);
        cuts.sort_unstable();
        let parts: Vec<&[u8]> = cuts.windows(2).map(|cut| &file.as_bytes()[cut[0]..cut[1]]).collect();
        let expected: Vec<_> = rows.into_iter().map(Ok).collect();
        prop_assert_eq!(read(&parts), expected);
    }

    #[test]
    fn any_bytes_are_read_to_their_end(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read(&[&bytes]);
    }
}
