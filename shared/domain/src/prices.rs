//! What a message costs: by where it goes, what it is and when it is accepted (D27, D30, D31, X14).
//!
//! The figures are in [`list`]. Whoever asks gets the price of the day on which the message is accepted; that price is
//! stamped on the message, and nothing is charged anew when the list changes.

mod list;

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    credits::Credits,
    phone::{PhoneNumber, Region},
};

/// What one destination costs, in credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Price {
    /// Each segment of an SMS.
    segment: u32,
    /// One MMS, whatever its length: more than an SMS (D27).
    mms: u32,
}

/// Where a message goes, as far as its price depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A country.
    Region(Region),
    /// A number of no country, such as that of a satellite phone.
    Elsewhere,
    /// Not known yet: the price is that of the cheapest destination, so what is shown is the least that it costs.
    Unknown,
}

impl From<&PhoneNumber> for Destination {
    fn from(number: &PhoneNumber) -> Self {
        number.region().map_or(Self::Elsewhere, Self::Region)
    }
}

/// What a message costs that is accepted at `at` (in UTC days): each segment of an SMS, one price for an MMS.
pub fn price(to: Destination, segments: u32, has_media: bool, at: Timestamp) -> Credits {
    let price = of(to, at);
    let amount = if has_media { price.mms } else { segments.saturating_mul(price.segment) };
    Credits::from(amount)
}

fn of(to: Destination, at: Timestamp) -> Price {
    let today = TimeZone::UTC.to_datetime(at).date();
    let rows = list::ROWS.iter().filter(|(since, ..)| *since <= today);
    match to {
        Destination::Elsewhere => list::ELSEWHERE,
        Destination::Unknown => {
            rows.map(|(_, _, price)| *price).min_by_key(|it| it.segment).unwrap_or(list::ELSEWHERE)
        }
        Destination::Region(region) => {
            let code = region.to_string();
            let rows = rows.filter(|(_, regions, _)| regions.contains(&code.as_str()));
            rows.max_by_key(|(since, ..)| *since).map_or(list::ELSEWHERE, |(_, _, price)| *price)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn to(number: &str) -> Destination {
        (&number.parse::<PhoneNumber>().unwrap()).into()
    }

    fn now() -> Timestamp {
        "2026-05-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn x14_each_segment_is_charged_and_an_mms_costs_more_than_an_sms() {
        for number in ["+12025550123", "+442079460018", "+380441234567", "+870773111632"] {
            let price = |segments, has_media| price(to(number), segments, has_media, now()).get();
            assert_eq!(price(3, false), 3 * price(1, false), "{number}");
            assert!(price(1, true) > price(1, false), "{number}");
            assert_eq!(price(1, true), price(4, true), "{number}");
        }
    }

    #[test]
    fn x14_one_credit_is_a_segment_to_the_cheapest_destination() {
        assert_eq!(price(to("+12025550123"), 1, false, now()), Credits::from(1));
        assert_eq!(price(Destination::Unknown, 1, false, now()), Credits::from(1));
        assert!(price(to("+442079460018"), 1, false, now()) > Credits::from(1));
        assert!(price(Destination::Elsewhere, 1, false, now()) > Credits::from(1));
    }

    #[test]
    fn x14_every_row_names_countries_that_there_are_and_none_twice_a_day() {
        let mut seen = BTreeSet::new();
        for (since, regions, price) in list::ROWS {
            assert!(price.segment > 0 && price.mms > price.segment);
            for region in regions {
                assert!(region.parse::<Region>().is_ok(), "{region}");
                assert!(seen.insert((since, *region)), "{region} has two prices since {since}");
            }
        }
    }
}
