//! The tables behind quiet hours: which number may be where, and which hours count there.
//!
//! They are small texts with their date and sources on top, so that whoever has a newer source edits a row and nothing else.
//! A look-up reads through them: a few thousand bytes, without anything to build or to keep.

use super::{Place, Span, Week};
use crate::phone::PhoneNumber;

const AREAS: &str = include_str!("areas.txt");
const COUNTRIES: &str = include_str!("countries.txt");
const WINDOWS: &str = include_str!("windows.txt");

/// The zones of the United States, for numbers of an area that is newer than the table.
const UNITED_STATES: [&str; 7] = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
];
/// The zones of Canada, likewise.
const CANADA: [&str; 7] = [
    "America/St_Johns",
    "America/Halifax",
    "America/Toronto",
    "America/Winnipeg",
    "America/Regina",
    "America/Edmonton",
    "America/Vancouver",
];

/// Where a number may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Guess {
    pub(super) place: Option<Place>,
    pub(super) zones: Vec<&'static str>,
}

/// The rows of a table.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let row = |line: &'static str| line.split('|').map(str::trim).collect();
    table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(row)
}

/// Where a number may be, by its area code in North America and by its country elsewhere.
pub(super) fn of_number(number: &PhoneNumber) -> Guess {
    match number.country_calling_code() {
        None => Guess::default(),
        Some(1) => north_america(number),
        Some(code) => Guess { place: country(number), zones: zones_of_country(&code.to_string()) },
    }
}

fn country(number: &PhoneNumber) -> Option<Place> {
    let region: String = number.region()?.into();
    region.parse().ok()
}

fn north_america(number: &PhoneNumber) -> Guess {
    let area = number.as_str().get(2..5).unwrap_or_default();
    for row in rows(AREAS) {
        if let [place, zones, areas] = row.as_slice()
            && areas.split(' ').any(|it| it == area)
        {
            return Guess { place: place.parse().ok(), zones: zones.split(' ').collect() };
        }
    }
    let place = country(number);
    let canadian = place.as_ref().is_some_and(|place| place.as_str() == "CA");
    Guess { place, zones: if canadian { CANADA } else { UNITED_STATES }.to_vec() }
}

fn zones_of_country(code: &str) -> Vec<&'static str> {
    let found = rows(COUNTRIES).find_map(|row| match row.as_slice() {
        [zones, codes] if codes.split(' ').any(|it| it == code) => Some(zones.split(' ').collect()),
        _ => None,
    });
    found.unwrap_or_default()
}

/// The hours of a place that has hours of its own.
pub(super) fn week_of(place: &Place) -> Option<Week> {
    rows(WINDOWS).find_map(|row| match row.as_slice() {
        [name, workday, saturday, sunday, _source] if *name == place.as_str() => {
            let workday = span(workday)?;
            let (saturday, sunday) = (span(saturday)?, span(sunday)?);
            Some(Week([workday, workday, workday, workday, workday, saturday, sunday]))
        }
        _ => None,
    })
}

/// Hours such as `08:00-21:00`, or `-` for none; `None`: it is neither.
#[expect(clippy::option_option, reason = "no hours and what cannot be read are two things")]
fn span(text: &str) -> Option<Option<Span>> {
    if text == "-" {
        return Some(None);
    }
    let (from, to) = text.split_once('-')?;
    Span::new(from.parse().ok()?, to.parse().ok()?).ok().map(Some)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::quiet_hours::FEDERAL;

    #[test]
    fn every_row_of_the_tables_can_be_read_and_names_its_source() {
        for table in [AREAS, COUNTRIES, WINDOWS] {
            let head: String = table.lines().take_while(|line| line.starts_with('#')).collect();
            assert!(head.contains("Dated 20") && (head.contains("Source") || head.contains("source")));
        }
        let mut areas = BTreeSet::new();
        for row in rows(AREAS) {
            let [place, zones, codes] = row.as_slice() else { panic!("{row:?}") };
            assert!(place.parse::<Place>().is_ok(), "{place}");
            assert!(zones.split(' ').all(|zone| TimeZone::get(zone).is_ok()), "{zones}");
            for code in codes.split(' ') {
                assert!(code.len() == 3 && code.parse::<u16>().is_ok_and(|it| it >= 200), "{code}");
                assert!(areas.insert(code), "{code} is in two rows");
            }
        }
        assert!(areas.len() > 430, "{}", areas.len());
        for row in rows(COUNTRIES) {
            let [zones, codes] = row.as_slice() else { panic!("{row:?}") };
            assert!(zones.split(' ').all(|zone| TimeZone::get(zone).is_ok()), "{zones}");
            assert!(codes.split(' ').all(|code| code.parse::<u16>().is_ok()), "{codes}");
        }
    }

    #[test]
    fn no_state_is_laxer_than_the_federal_hours() {
        let mut places = BTreeSet::new();
        for row in rows(WINDOWS) {
            let place: Place = row.first().unwrap().parse().unwrap();
            let Week(days) = week_of(&place).unwrap();
            for span in days.into_iter().flatten() {
                assert_eq!(span.within(FEDERAL), Some(span), "{place:?}");
            }
            assert_eq!(row.len(), 5, "{place:?} has a source");
            assert!(places.insert(place), "a place has one row");
        }
        assert_eq!(places.len(), 20);
    }
}
