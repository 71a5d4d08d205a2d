//! Tests of quiet hours: zones of numbers, windows of states, and moments around them.

use proptest::prelude::*;

use super::*;

fn number(text: &str) -> PhoneNumber {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn account() -> ZoneName {
    "America/New_York".to_owned().try_into().unwrap()
}

fn hours(from: &str, to: &str) -> Span {
    Span::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
}

fn by_number(text: &str) -> Whereabouts {
    Whereabouts::of(&number(text), &Location::default(), &account(), None)
}

fn open(until: &str) -> Verdict {
    Verdict::Open { until: at(until) }
}

fn quiet(until: &str) -> Verdict {
    Verdict::Quiet { until: at(until) }
}

#[test]
fn quiet_hours_are_federal_from_eight_to_nine_by_the_clock_of_who_gets_the_text() {
    // New York is four hours behind in June; the number is Georgia's, which has no hours of its own.
    let atlanta = by_number("+14045550123");
    for (now, verdict) in [
        ("2026-06-02T11:59:59Z", quiet("2026-06-02T12:00:00Z")),
        ("2026-06-02T12:00:00Z", open("2026-06-03T01:00:00Z")),
        ("2026-06-03T00:58:59Z", open("2026-06-03T01:00:00Z")),
        // What leaves in the last minute would arrive after.
        ("2026-06-03T00:59:00Z", quiet("2026-06-03T12:00:00Z")),
        ("2026-06-03T01:00:00Z", quiet("2026-06-03T12:00:00Z")),
        // Five hours behind in December, over the turn of the year.
        ("2026-12-31T23:30:00Z", open("2027-01-01T02:00:00Z")),
        ("2027-01-01T02:00:00Z", quiet("2027-01-01T13:00:00Z")),
    ] {
        assert_eq!(atlanta.at(at(now)), verdict, "{now}");
    }
}

#[test]
fn quiet_hours_of_a_number_with_several_zones_are_over_when_all_are_awake() {
    // Tennessee's 423 is in two zones: open from 8:00 Central to 21:00 Eastern.
    let two = by_number("+14235550123");
    assert_eq!(two.at(at("2026-06-02T12:30:00Z")), quiet("2026-06-02T13:00:00Z"));
    assert_eq!(two.at(at("2026-06-02T13:00:00Z")), open("2026-06-03T01:00:00Z"));
    // An area code that is newer than the table, anywhere in the United States: Hawaii has to be awake too.
    let anywhere = by_number("+12115550123");
    assert_eq!(anywhere.at(at("2026-06-02T17:00:00Z")), quiet("2026-06-02T18:00:00Z"));
    // Kaliningrad to Kamchatka: three hours are left.
    let russia = by_number("+79012345678");
    assert!(matches!(russia.at(at("2026-06-02T05:00:00Z")), Verdict::Quiet { .. }));
    assert_eq!(russia.at(at("2026-06-02T07:00:00Z")), open("2026-06-02T09:00:00Z"));
}

#[test]
fn quiet_hours_of_stricter_states_have_their_own_times_and_days() {
    // Rhode Island on a Saturday (2026-06-06) evening waits for Monday at nine.
    let island = by_number("+14015550123");
    assert_eq!(island.at(at("2026-06-06T15:00:00Z")), open("2026-06-06T21:00:00Z"));
    assert_eq!(island.at(at("2026-06-06T21:00:00Z")), quiet("2026-06-08T13:00:00Z"));
    // Texas begins at noon on Sundays.
    let texas = by_number("+12145550123");
    assert_eq!(texas.at(at("2026-06-07T15:00:00Z")), quiet("2026-06-07T17:00:00Z"));
    // Florida ends at eight.
    assert_eq!(by_number("+13055550123").at(at("2026-06-02T23:00:00Z")), open("2026-06-03T00:00:00Z"));
}

#[test]
fn quiet_hours_go_by_what_is_stored_then_by_the_number_then_by_the_account() {
    let zone = |name: &str| Some(name.to_owned().try_into().unwrap());
    let honolulu = Location { time_zone: zone("Pacific/Honolulu"), place: "US-HI".parse().ok() };
    let moved = Whereabouts::of(&number("+14045550123"), &honolulu, &account(), None);
    assert_eq!(moved.at(at("2026-06-02T17:00:00Z")), quiet("2026-06-02T18:00:00Z"));
    // Somebody with a number of Georgia who lives in Texas: Texas's hours by the clocks that the number leaves possible.
    let texan = Location { time_zone: None, place: "US-TX".parse().ok() };
    let texan = Whereabouts::of(&number("+14045550123"), &texan, &account(), None);
    assert_eq!(texan.at(at("2026-06-02T12:30:00Z")), quiet("2026-06-02T13:00:00Z"));
    // A satellite phone is nowhere: the account's zone.
    assert_eq!(by_number("+881612345678").at(at("2026-06-02T11:00:00Z")), quiet("2026-06-02T12:00:00Z"));
}

#[test]
fn quiet_hours_are_widened_by_an_account_and_never_narrowed() {
    let atlanta =
        |span| Whereabouts::of(&number("+14045550123"), &Location::default(), &account(), Some(span));
    let narrow = atlanta(hours("10:00", "18:00"));
    assert_eq!(narrow.at(at("2026-06-02T13:00:00Z")), quiet("2026-06-02T14:00:00Z"));
    assert_eq!(narrow.at(at("2026-06-02T14:00:00Z")), open("2026-06-02T22:00:00Z"));
    let wide = atlanta(hours("00:00", "24:00"));
    assert_eq!(wide.at(at("2026-06-02T03:00:00Z")), quiet("2026-06-02T12:00:00Z"));
    let nothing = atlanta(hours("05:00", "07:00"));
    assert_eq!(nothing.at(at("2026-06-02T13:00:00Z")), open("2026-06-03T01:00:00Z"));
    assert_eq!(Span::new("09:00".parse().unwrap(), "09:00".parse().unwrap()), Err(InvalidSpan));
}

#[test]
fn quiet_hours_go_by_the_clock_when_clocks_are_put_forward_or_back() {
    let chicago = by_number("+12175550123");
    // The nights of 2026-03-08 (an hour less) and 2026-11-01 (an hour more); Illinois begins at nine.
    assert_eq!(chicago.at(at("2026-03-08T07:00:00Z")), quiet("2026-03-08T14:00:00Z"));
    assert_eq!(chicago.at(at("2026-11-01T06:00:00Z")), quiet("2026-11-01T15:00:00Z"));
}

proptest! {
    /// What is quiet is open when it says so, and not before; what is open is quiet at its end.
    #[test]
    fn quiet_hours_end_when_they_say(
        second in 1_700_000_000_i64..2_000_000_000, area in "[2-9][0-9]{2}", minute in 0..600_i64,
    ) {
        let now = Timestamp::from_second(second).unwrap();
        let somebody = by_number(&format!("+1{area}5550123"));
        match somebody.at(now) {
            Verdict::Quiet { until } => {
                prop_assert!(until > now);
                let opens = matches!(somebody.at(until), Verdict::Open { .. });
                prop_assert!(opens);
                let before = now.max(until.checked_sub(SignedDuration::from_mins(minute + 1)).unwrap());
                prop_assert_eq!(somebody.at(before), Verdict::Quiet { until });
            }
            Verdict::Open { until } => {
                prop_assert!(until > now && until.duration_since(now) <= SignedDuration::from_hours(13));
                let closes = matches!(somebody.at(until), Verdict::Quiet { .. });
                prop_assert!(closes);
            }
        }
    }
}
